import { loadConfig } from '../config/env.ts';
import { indexUsage, parseIndexCommand, runIndexCommand } from '../models/indexes/index-command.ts';
import { models } from '../models/index.ts';
import { print, runProgram, withDatabase } from './program.ts';

await runProgram(async (args) => {
  const { help, ...command } = parseIndexCommand(args);
  if (!help) return withDatabase(loadConfig(), () => runIndexCommand(models, { ...command, print }));
  print(indexUsage);
  return 0;
});
