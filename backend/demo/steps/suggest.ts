import { z } from 'zod';
import { codesSender, dealsSender, reportsSender, shopSender } from '../../emulator/lively-correspondents.ts';
import type { ApiRequest } from '../api.ts';
import type { Demo } from '../demo.ts';

const pattern = z.object({
  id: z.string(),
  confidence: z.number(),
  threshold: z.number().nullable(),
  tier: z.string().nullable(),
  trigger: z.string(),
  sampleSize: z.number(),
  exceptionCount: z.number(),
  condition: z.object({ senderEmail: z.string().nullable() }),
  action: z.object({
    actionType: z.string().nullable(),
    toFolder: z.object({ name: z.string().nullable() }).nullable(),
  }),
});
type Pattern = z.infer<typeof pattern>;
const patterns = z.object({ items: z.array(pattern) });

const notifications = z.object({
  items: z.array(z.object({ type: z.string(), title: z.string(), message: z.string() })),
});

const explained = z.object({
  explanation: z.object({
    finding: z.string(),
    certainty: z.string(),
    exceptions: z.string(),
    consequence: z.string(),
  }),
});

const replay = z.object({
  matched: z.number(),
  agreed: z.number(),
  contradicted: z.number(),
});

const approved = z.object({ status: z.string(), rule: z.object({ name: z.string() }) });

/** The suggestions that the rest of the story is about. */
export interface Suggestions {
  /** To delete a newsletter. */
  readonly deletion: Pattern;
  /** To file reports. */
  readonly filing: Pattern;
}

/** Has the mailbox analyzed, and shows what is suggested. */
export async function analyze({ story, api, owner }: Demo, mailboxId: string): Promise<Suggestions> {
  return story.step(`What does ${owner.name} do again and again?`, async () => {
    await api.ask(
      { method: 'POST', path: `/api/mailboxes/${mailboxId}/analyze` },
      z.object({ queued: z.literal(true) }),
    );
    const found = await api.askUntil({ path: '/api/patterns?status=suggested' }, patterns, {
      what: 'there are suggestions',
      pick: ({ items }) => (items.length >= 3 ? items : undefined),
    });
    story.show(Object.fromEntries(found.map((each) => [each.condition.senderEmail ?? '', describe(each)])));
    const deletion = found.find(({ condition }) => condition.senderEmail === dealsSender.from.address);
    const filing = found.find(({ condition }) => condition.senderEmail === reportsSender.from.address);
    story.check('the newsletter is suggested for deletion', deletion?.action.actionType === 'delete');
    story.check('the reports are suggested for filing', filing?.action.toFolder?.name === 'Reports');
    const codes = found.filter(({ condition }) => condition.senderEmail === codesSender.from.address);
    const isAfterReading = codes.length === 1 && codes[0]?.trigger === 'onRead';
    story.check(
      'codes that she reads and then deletes are suggested for after reading, not for arrival',
      isAfterReading,
    );
    story.check('nothing is suggested for people, or for mail that she handles inconsistently', found.length === 3);
    const news = await api.askUntil({ path: '/api/notifications?unread=true' }, notifications, {
      what: 'the owner is told of the suggestions',
      pick: ({ items }) => items.find(({ type }) => type === 'pattern_detected'),
    });
    story.show({ [news.title]: news.message });
    if (deletion === undefined || filing === undefined) throw new Error('a suggestion is missing');
    return { deletion, filing };
  });
}

function describe({ action, sampleSize, exceptionCount, confidence, tier, trigger }: Pattern): string {
  const what = action.toFolder === null ? action.actionType : `${action.actionType} to ${action.toFolder.name}`;
  const when = trigger === 'onRead' ? ' once it is read' : '';
  const numbers = `${sampleSize - exceptionCount} of ${sampleSize}`;
  return `${what}${when}: ${numbers}; about ${Math.floor(confidence)} of the next 100 (${tier})`;
}

/** Asks why, and what the rule would have done. */
export async function explainSuggestions({ story, api }: Demo, { deletion }: Suggestions): Promise<void> {
  await story.step('Why? And what would it have done?', async () => {
    const { explanation } = await api.ask({ path: `/api/patterns/${deletion.id}` }, explained);
    story.show({ ...explanation });
    story.check(
      'the explanation gives the number of messages in the mailbox',
      explanation.finding.includes(`${deletion.sampleSize} of ${deletion.sampleSize} messages`),
    );
    const request = { method: 'POST', path: `/api/patterns/${deletion.id}/replay`, body: {} } as const;
    const { matched, agreed, contradicted } = await api.ask(request, replay);
    story.show({ 'it would have taken': matched, 'she did the same': agreed, 'she did something else': contradicted });
    story.check('she had done the same with each of them herself', matched > 0 && agreed === matched);
  });
  await story.step('And why is the shop not suggested?', async () => {
    const { items } = await api.ask({ path: '/api/patterns?status=detected' }, patterns);
    const shop = items.find(({ condition }) => condition.senderEmail === shopSender.from.address);
    if (shop === undefined) throw new Error('the mail of the shop made no pattern');
    const { explanation } = await api.ask({ path: `/api/patterns/${shop.id}` }, explained);
    story.show({ finding: explanation.finding, certainty: explanation.certainty });
    story.check('it says why it is not suggested', /not suggested/i.test(explanation.certainty));
  });
}

/** Says yes to both. */
export async function approve({ story, api, owner }: Demo, { deletion, filing }: Suggestions): Promise<void> {
  await story.step(`${owner.name} says yes`, async () => {
    const first = await api.ask(approvalOf(deletion), approved);
    const second = await api.ask(approvalOf(filing), approved);
    story.show({ 'rule 1': first.rule.name, 'rule 2': second.rule.name });
    story.check('each approval created one rule', first.status === 'approved' && second.status === 'approved');
  });
}

function approvalOf({ id }: Pattern): ApiRequest {
  return { method: 'POST', path: `/api/patterns/${id}/approve`, body: {} };
}
