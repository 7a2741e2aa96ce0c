/** A request, alone or as part of a batch. */
export interface EmulatorRequest {
  readonly method: string;
  /** Without the base path and the query, not yet decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** JSON as parsed, a form as a record of texts, otherwise undefined. */
  readonly body: unknown;
  /** Where the caller reached the emulator: scheme, host and base path. */
  readonly origin: string;
}

/** An answer; a body that is a text is sent as HTML or as the content-type header says, others as JSON. */
export interface EmulatorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** The connection is cut instead. */
  readonly isReset?: boolean | undefined;
}

export type Handle = (request: EmulatorRequest) => Promise<EmulatorReply>;
