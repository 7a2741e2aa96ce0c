import { catalogCommands, statisticsCommands } from './commands/catalog.ts';
import type { Command } from './commands/command.ts';
import { readingCommands } from './commands/reading.ts';
import { serverInfoCommands } from './commands/server-info.ts';
import { writingCommands } from './commands/writing.ts';

const commands = new Map<string, Command>([
  ...Object.entries(serverInfoCommands),
  ...Object.entries(readingCommands),
  ...Object.entries(writingCommands),
  ...Object.entries(catalogCommands),
  ...Object.entries(statisticsCommands),
]);

export function findCommand(name: string): Command | undefined {
  return commands.get(name);
}

/** True for a command that changes the catalog, of which only one may run at a time. */
export function changesCatalog(name: string): boolean {
  return Object.hasOwn(catalogCommands, name);
}
