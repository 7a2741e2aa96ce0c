import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/network.ts';
import { untilPasses } from './until-passes.ts';

const backendFolder = fileURLToPath(new URL('../..', import.meta.url));
/** Makes the process fail, on a signal, in the two ways that nobody catches. */
const plantedFaults = `data:text/javascript,
  process.on('SIGUSR2', () => void Promise.reject(new Error('planted rejection')));
  process.on('SIGPIPE', () => { throw new Error('planted exception'); });`;

/** The service as its operator runs it: a process of its own, seen through its output, its port and its exit code. */
export class ServiceProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;

  /** @param environment settings; nothing of this process's own environment but PATH is handed on */
  static async launch(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    return new ServiceProcess({ PORT: String(await freePort()), ...environment });
  }

  private constructor(environment: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${environment['PORT']}`;
    this.#child = spawn(process.execPath, ['--import', plantedFaults, 'dist/server.js'], {
      cwd: backendFolder,
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.#exit = once(this.#child, 'close').then(() => this.#child.exitCode);
  }

  /** Everything it has written so far. */
  get output(): string {
    return this.lines.join('\n');
  }

  /** The messages it has logged so far, in order. */
  get messages(): string[] {
    return this.lines.flatMap((line) => /"message":"([^"]*)"/.exec(line)?.[1] ?? []);
  }

  /** Waits for a line that matches. */
  async untilLogged(pattern: RegExp): Promise<void> {
    const look = (): void => {
      if (!pattern.test(this.output)) throw new Error(`No line matches ${pattern} in:\n${this.output}`);
    };
    await untilPasses(look);
  }

  /** Waits until /health answers with this status. @returns the status */
  async untilHealth(status: 200 | 503): Promise<number> {
    const look = async (): Promise<number> => {
      const reply = await fetch(`${this.url}/health`);
      await reply.body?.cancel();
      if (reply.status !== status) throw new Error(`/health still says ${reply.status}`);
      return status;
    };
    return untilPasses(look);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** @returns the exit code; null when a signal ended the process */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
