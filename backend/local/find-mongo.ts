import { join } from 'node:path';
import { MongoBinary } from 'mongodb-memory-server-core';
import { documentDbRecipe, initdbCommand, postgresCommand } from './debian/documentdb.ts';
import { hasDebianTools, installTree } from './debian/install.ts';
import { findOnPath, givenMongo, type MongoSource } from './discovery.ts';
import { debianFolder, localRoot } from './paths.ts';

type Say = (line: string) => void;

/** The MongoDB to download where nothing else is found: the version of the compose file. */
const mongodVersion = '7.0.24';

/**
 * Finds a MongoDB: named in the environment, mongod on PATH, DocumentDB from Debian's packages, or a download. Installs
 * what must be installed. Throws an Error whose message says what to do when nothing can be had.
 */
export async function findMongo(env: NodeJS.ProcessEnv, say: Say): Promise<MongoSource> {
  const given = givenMongo(env);
  if (given !== undefined) return given;
  const mongod = findOnPath('mongod', env['PATH']);
  if (mongod !== undefined) return { kind: 'mongod', command: [mongod], origin: `on PATH (${mongod})` };
  const tree = hasDebianTools(env['PATH']) ? await installTree(documentDbRecipe, debianFolder, say) : undefined;
  if (tree !== undefined) {
    return { kind: 'documentdb', postgres: postgresCommand(tree), initdb: initdbCommand(tree) };
  }
  return { kind: 'mongod', command: [await downloadMongod(say)], origin: `${mongodVersion}, downloaded` };
}

async function downloadMongod(say: Say): Promise<string> {
  const downloadDir = join(localRoot, 'mongod');
  say(`mongod ${mongodVersion}: looking in ${downloadDir}, and downloading it if it is not there (about 80 MB)`);
  try {
    return await MongoBinary.getPath({ version: mongodVersion, downloadDir });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      [
        `No mongod was found on PATH, and mongod ${mongodVersion} could not be downloaded: ${reason}`,
        '  Either: install MongoDB 7 so that mongod is on PATH, or check the network and run this again',
        '  Or name a running one: MONGODB_URI=mongodb://127.0.0.1:27017/msedb',
      ].join('\n'),
      { cause },
    );
  }
}
