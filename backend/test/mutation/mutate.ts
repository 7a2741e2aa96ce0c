import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { backendRoot } from '../../local/paths.ts';

const usage = `Usage: npm run mutate -- FILE...

Changes each FILE of src/ in many small ways, one at a time, and runs the tests beside the sources that load it. A change
that no test notices has survived: it is printed, and there is a test to write. For pure files; a file takes minutes.
The report is left in .local/mutation/report.html, and in report.json.

Exit code: 0 when at least 85 % of the changes were noticed, 1 when not, 2 when the command line is wrong.`;

/** @returns the files, or undefined when they cannot be mutated, which is said */
function readFiles(args: string[]): readonly string[] | undefined {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean' } } });
  if (values.help === true) return [];
  const wrong = positionals.filter((file) => !/^src\/.*(?<!\.test)\.ts$/.test(file) || !existsSync(file));
  for (const file of wrong) console.error(`There is no such file of src/ to change: ${file}`);
  return positionals.length === 0 || wrong.length > 0 ? undefined : positionals;
}

async function main(args: string[]): Promise<number> {
  process.chdir(backendRoot);
  const files = readFiles(args);
  if (files === undefined || files.length === 0) {
    console.error(usage);
    return files === undefined ? 2 : 0;
  }
  const command = ['run', 'test/mutation/stryker.config.json', '--mutate', files.join(',')];
  const options = { preferLocal: true, stdio: 'inherit', reject: false } as const;
  const { exitCode } = await execa('stryker', command, options);
  return exitCode ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
