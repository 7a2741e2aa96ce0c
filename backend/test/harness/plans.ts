import mongoose, { type mongo } from 'mongoose';

/** How the store would serve one question: what it does, in its own words, and over which indexes. */
interface Plan {
  readonly stages: readonly string[];
  readonly indexes: readonly string[];
}

const reading = ['find', 'aggregate'] as const;
const explainable = new Set([
  'find',
  'aggregate',
  'filter',
  'sort',
  'limit',
  'projection',
  'hint',
  'pipeline',
  'cursor',
]);

/**
 * Does something that reads a collection, and asks the store how it would serve each question that was sent for it.
 * The connection must have been opened with `monitorCommands`.
 */
export async function plansOf(collection: string, work: () => Promise<unknown>): Promise<Plan[]> {
  const client = mongoose.connection.getClient();
  const asked: mongo.Document[] = [];
  const record = ({ commandName, command }: mongo.CommandStartedEvent): void => {
    if (command[commandName] === collection && reading.some((name) => name === commandName)) asked.push(command);
  };
  client.on('commandStarted', record);
  await work();
  client.off('commandStarted', record);
  return Promise.all(asked.map(explain));
}

async function explain(command: mongo.Document): Promise<Plan> {
  const question = Object.fromEntries(Object.entries(command).filter(([name]) => explainable.has(name)));
  const answer = await mongoose.connection.db?.command({ explain: question, verbosity: 'queryPlanner' });
  const winning = valuesOf(answer, 'winningPlan');
  return { stages: textsOf(winning, 'stage'), indexes: textsOf(winning, 'indexName') };
}

/** MongoDB puts the plan of an aggregation at the top or into its first stage; plans it did not choose stand aside. */
function valuesOf(tree: unknown, key: string): unknown[] {
  if (!(tree instanceof Object)) return [];
  return Object.entries(tree).flatMap(([name, value]) => (name === key ? [value] : valuesOf(value, key)));
}

function textsOf(trees: readonly unknown[], key: string): string[] {
  return trees.flatMap((tree) => valuesOf(tree, key)).filter((value) => typeof value === 'string');
}
