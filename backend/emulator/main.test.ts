import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const mainArgs = ['--import', 'tsx', 'emulator/main.ts'];

describe('npm run emulator', () => {
  it('says how to point the backend at it, and ends with 0 on Ctrl-C', async () => {
    const emulator = execa(process.execPath, [...mainArgs, '--port', '0'], { reject: false });
    let output = '';
    const welcomed = new Promise<void>((resolve) => {
      emulator.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('Ctrl-C ends it.')) resolve();
      });
    });
    await welcomed;

    const url = /GRAPH_URL=(\S+)/.exec(output)?.[1] ?? '';
    const key = /ENCRYPTION_KEYS=k1:(\S+)/.exec(output)?.[1] ?? '';
    const overview = await fetch(`${url}/_emulator`);
    emulator.kill('SIGINT');
    const { exitCode } = await emulator;

    expect(await overview.json()).toMatchObject({ people: ['ada@contoso.example', 'ben@contoso.example'] });
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(exitCode).toBe(0);
  });

  it('explains itself, and refuses what it does not know', async () => {
    const help = await execa(process.execPath, [...mainArgs, '--help'], { reject: false });
    const wrong = await execa(process.execPath, [...mainArgs, '--color'], { reject: false });

    expect([help.exitCode, wrong.exitCode]).toEqual([0, 1]);
    expect(help.stdout).toContain('--port');
    expect(wrong.stderr).toContain('--color');
  });
});
