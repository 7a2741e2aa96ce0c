import '../../check-node.js'; // before all else: an older Node ends here

const { loadConfig } = await import('../config/env.ts');
const { indexUsage, parseIndexCommand, runIndexCommand } = await import('../models/indexes/index-command.ts');
const { models } = await import('../models/index.ts');
const { print, runProgram, withDatabase } = await import('./program.ts');

await runProgram(async (args) => {
  const { help, ...command } = parseIndexCommand(args);
  if (!help) return withDatabase(loadConfig(), () => runIndexCommand(models, { ...command, print }));
  print(indexUsage);
  return 0;
});
