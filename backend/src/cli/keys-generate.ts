import '../../check-node.js'; // before all else: an older Node ends here

const { generateKeyEntry } = await import('../auth/tokens/vault-keys.ts');

const usage = `Usage: npm run --silent keys:generate

Prints a new entry for ENCRYPTION_KEYS, as id:key. Put it before the existing entries, separated by a comma: the first
entry encrypts, and the others decrypt until npm run keys:rotate has finished.

Exit code: 0, or 2 when the command line is wrong.`;

const args = process.argv.slice(2);
if (args.length === 0) process.stdout.write(`${generateKeyEntry()}\n`);
else if (args.length === 1 && args[0] === '--help') process.stdout.write(`${usage}\n`);
else {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
}
