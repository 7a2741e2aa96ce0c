import { hostname } from 'node:os';
import { type Doc, isDoc, serialize, textOf } from '../documents.ts';
import { commandNotSupportedCode } from '../error-codes.ts';
import { CommandError } from '../errors.ts';
import { type ExplainedPlan, explainStatement, type PlanNode } from '../sql.ts';
import type { Request, Services } from './command.ts';
import { serverVersion } from './server-info.ts';

const plannedAs = { find: 'find', aggregate: 'pipeline', count: 'count', distinct: 'distinct' } as const;

/** Explains a find, aggregate, count or distinct in mongod's words: the stage, and the index that it uses. */
export async function explain({ name, spec, database }: Request, { engine, listening }: Services): Promise<Doc> {
  const inner = name === 'explain' && isDoc(spec['explain']) ? spec['explain'] : spec;
  const [command = ''] = Object.keys(inner);
  if (!isExplainable(command))
    throw new CommandError(commandNotSupportedCode, `explain of ${command} is not supported`);
  const analyze = textOf(spec['verbosity'], 'allPlansExecution') !== 'queryPlanner';
  const statement = explainStatement(plannedAs[command], analyze);
  const row = await engine.one(statement, [database, serialize(inner)]);
  const [explained] = row['QUERY PLAN'];
  if (explained === undefined) throw new Error('PostgreSQL explained nothing');
  return {
    explainVersion: '1',
    queryPlanner: {
      namespace: `${database}.${textOf(inner[command], '')}`,
      winningPlan: winningPlan(explained.Plan),
      rejectedPlans: [],
    },
    ...(analyze ? { executionStats: executionStats(explained) } : {}),
    command: inner,
    serverInfo: { host: hostname(), port: listening.port, version: serverVersion },
    postgres: explained.Plan,
    ok: 1,
  };
}

function isExplainable(command: string): command is keyof typeof plannedAs {
  return Object.hasOwn(plannedAs, command);
}

function winningPlan(plan: PlanNode): Doc {
  const indexName = indexUsed(plan);
  if (indexName === undefined) return { stage: 'COLLSCAN' };
  return { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName } };
}

/** The first index of the plan. `_id_` without a condition on the id reads the whole collection: that is none. */
function indexUsed(node: PlanNode): string | undefined {
  const name = node['Index Name'];
  const readsAll = name === '_id_' && !node['Index Cond']?.includes('object_id');
  if (name !== undefined && !readsAll) return name;
  for (const child of node.Plans ?? []) {
    const found = indexUsed(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function executionStats(explained: ExplainedPlan): Doc {
  return {
    executionSuccess: true,
    nReturned: explained.Plan['Actual Rows'] ?? 0,
    executionTimeMillis: Math.round(explained['Execution Time'] ?? 0),
  };
}
