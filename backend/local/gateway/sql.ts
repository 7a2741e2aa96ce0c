/**
 * The SQL of every command. BSON goes through untouched: `bytea` casts implicitly to `documentdb_core.bson` (and a
 * document sequence to `documentdb_core.bsonsequence`); results come back by `::bytea` in PostgreSQL's text format,
 * because the binary format of the `pg` package decodes every value as UTF-8.
 */

/** A statement, prepared under its name once a connection. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Never there: it carries the type of a result row to whoever runs the statement. */
  readonly row?: Row;
}

/** A first or further page of a cursor, and what to hand back for the next one. */
export interface PageRow {
  document: Buffer;
  continuation: Buffer | null;
}

/** Reply of a batch of writes; `succeeded` is false when it holds write errors. */
export interface WriteRow {
  document: Buffer;
  succeeded: boolean;
}

export interface DocumentRow {
  document: Buffer;
}

const selectPage = 'SELECT cursorpage::bytea AS document, continuation::bytea AS continuation FROM documentdb_api';
const selectWriteResult = 'SELECT p_result::bytea AS document, p_success AS succeeded FROM documentdb_api';

function statement<Row>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** A function of `documentdb_api` that returns one document under the name `column`. */
function document(name: string, column: string, call: string): Statement<DocumentRow> {
  return statement(name, `SELECT ${column}::bytea AS document FROM documentdb_api.${call}`);
}

// Cursors: $1 database, $2 command
export const findStatement = statement<PageRow>('find', `${selectPage}.find_cursor_first_page($1, $2::bytea)`);
export const aggregateStatement = statement<PageRow>(
  'aggregate',
  `${selectPage}.aggregate_cursor_first_page($1, $2::bytea)`,
);
export const listCollectionsStatement = statement<PageRow>(
  'listCollections',
  `${selectPage}.list_collections_cursor_first_page($1, $2::bytea)`,
);
export const listIndexesStatement = statement<PageRow>(
  'listIndexes',
  `${selectPage}.list_indexes_cursor_first_page($1, $2::bytea)`,
);
export const getMoreStatement = statement<PageRow>(
  'getMore',
  `${selectPage}.cursor_get_more($1, $2::bytea, $3::bytea)`,
);
export const killCursorsStatement = statement(
  'killCursors',
  'SELECT documentdb_api_internal.delete_cursors($1::bigint[])',
);
export const cleanCursorFilesStatement = statement(
  'cleanCursorFiles',
  'SELECT documentdb_api_internal.cursor_directory_cleanup($1)',
);

// Reads of one document: $1 database, $2 command
export const countStatement = document('count', 'document', 'count_query($1, $2::bytea)');
export const distinctStatement = document('distinct', 'document', 'distinct_query($1, $2::bytea)');

// Writes: $1 database, $2 command, $3 document sequence or null; the last argument is the id of a retryable write
export const insertStatement = statement<WriteRow>(
  'insert',
  `${selectWriteResult}.insert($1, $2::bytea, $3::bytea, NULL)`,
);
export const updateStatement = statement<WriteRow>(
  'update',
  `${selectWriteResult}.update($1, $2::bytea, $3::bytea, NULL)`,
);
export const deleteStatement = statement<WriteRow>(
  'delete',
  `${selectWriteResult}.delete($1, $2::bytea, $3::bytea, NULL)`,
);
export const findAndModifyStatement = statement<WriteRow>(
  'findAndModify',
  `${selectWriteResult}.find_and_modify($1, $2::bytea, NULL)`,
);

// Collections and indexes: $1 database, $2 collection or command
export const createStatement = document('create', 'create_collection_view', 'create_collection_view($1, $2::bytea)');
export const createCollectionStatement = statement<{ made: boolean }>(
  'createCollection',
  'SELECT create_collection AS made FROM documentdb_api.create_collection($1, $2)',
);
export const createIndexesStatement = statement<DocumentRow>(
  'createIndexes',
  'SELECT r::bytea AS document FROM documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true) r',
);
export const dropIndexesStatement = statement<DocumentRow>(
  'dropIndexes',
  'SELECT r::bytea AS document FROM documentdb_api_internal.drop_indexes_non_concurrently($1, $2::bytea) r',
);
export const modifyCollectionStatement = document('collMod', 'coll_mod', 'coll_mod($1, $2, $3::bytea)');
export const dropStatement = statement<{ dropped: boolean }>(
  'drop',
  'SELECT drop_collection AS dropped FROM documentdb_api.drop_collection($1, $2)',
);
export const dropDatabaseStatement = statement('dropDatabase', 'SELECT documentdb_api.drop_database($1)');
export const renameStatement = statement('renameCollection', 'SELECT documentdb_api.rename_collection($1, $2, $3, $4)');
export const listDatabasesStatement = document('listDatabases', 'list_databases', 'list_databases($1::bytea)');
export const collectionStatsStatement = document('collStats', 'coll_stats', 'coll_stats($1, $2, $3)');
export const databaseStatsStatement = document('dbStats', 'db_stats', 'db_stats($1, $2, false)');

/** Key pattern of an index: $1 database, $2 collection, $3 index name. */
export const indexKeyStatement = statement<DocumentRow>(
  'indexKey',
  `SELECT (index_spec).index_key::bytea AS document
     FROM documentdb_api_catalog.collection_indexes JOIN documentdb_api_catalog.collections USING (collection_id)
    WHERE database_name = $1 AND collection_name = $2 AND (index_spec).index_name = $3`,
);
/** Name of an index by the number that its PostgreSQL relation carries. */
export const indexNameStatement = statement<{ name: string }>(
  'indexName',
  'SELECT (index_spec).index_name AS name FROM documentdb_api_catalog.collection_indexes WHERE index_id = $1',
);

export const removeExpiredStatement = statement('removeExpired', 'CALL documentdb_api_internal.delete_expired_rows()');
export const createExtensionStatement = statement(
  'createExtension',
  'CREATE EXTENSION IF NOT EXISTS documentdb CASCADE',
);

/** A node of PostgreSQL's plan in FORMAT JSON, as far as it is read here. */
export interface PlanNode {
  'Index Name'?: string;
  'Index Cond'?: string;
  'Actual Rows'?: number;
  Plans?: PlanNode[];
}

export interface ExplainedPlan {
  Plan: PlanNode;
  'Execution Time'?: number;
}

/** What `explain` runs; `kind` names DocumentDB's planning function for a query. $1 database, $2 command. */
export function explainStatement(
  kind: 'find' | 'pipeline' | 'count' | 'distinct',
  analyze: boolean,
): Statement<{ 'QUERY PLAN': ExplainedPlan[] }> {
  return statement(
    `explain_${kind}_${analyze}`,
    `EXPLAIN (FORMAT JSON, ANALYZE ${analyze})
      SELECT document FROM documentdb_api_catalog.bson_aggregation_${kind}($1, $2::bytea)`,
  );
}
