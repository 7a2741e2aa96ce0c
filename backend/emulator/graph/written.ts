import type { EmulatorReply } from '../http/exchange.ts';
import type { Message } from '../mailbox/message.ts';
import { type GraphContext, contextUrl } from './context.ts';
import { defaultProperties, viewMessage } from './message-view.ts';
import { selectedProperties } from './select.ts';

interface WrittenAnswer {
  readonly status: number;
  /** True: with the body, although other properties are selected. */
  readonly hasBody: boolean;
}

/** Graph answers a write with the message, whole unless properties are selected. */
export function written(context: GraphContext, message: Message, { status, hasBody }: WrittenAnswer): EmulatorReply {
  const { request, privacy, immutableIds } = context;
  const isSelected = request.query.has('$select');
  const selected = isSelected ? selectedProperties(context) : defaultProperties;
  const properties = hasBody ? [...new Set([...selected, 'body'])] : selected;
  if (isSelected && !hasBody) privacy.served(['id', ...properties]);
  else privacy.echoed(['id', ...properties]);
  return {
    status,
    body: {
      '@odata.context': contextUrl(context, 'messages/$entity'),
      ...viewMessage(message, properties, immutableIds),
    },
  };
}
