import { model, Schema } from 'mongoose';
import { documentOptions, type Paths, type Timestamps } from './fields/paths.ts';

/** The heartbeat of the service. Redis has a copy: the one that is behind was restored from an older backup. One row. */
export interface IHeartbeat extends Timestamps {
  /** Marks the one row. */
  key: 'service';
  /** Made with the row: tells this database from another one. */
  lineage: string;
  /** Counts the beats. */
  beat: number;
  /** Time of the last beat. */
  at: Date;
}

const schema = new Schema<IHeartbeat>(
  {
    key: { type: String, enum: ['service'], required: true },
    lineage: { type: String, required: true },
    beat: { type: Number, required: true },
    at: { type: Date, required: true },
  } satisfies Paths<IHeartbeat>,
  documentOptions,
);

// The one row
schema.index({ key: 1 }, { unique: true });

export const Heartbeat = model('Heartbeat', schema);
