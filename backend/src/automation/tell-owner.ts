import type { Types } from 'mongoose';
import { Mailbox, Rule } from '../models/index.ts';
import type { MailboxOwner } from '../models/fields/mailbox-owner.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { notifyOnce } from '../models/store/notify-once.ts';
import { actsIn, answerOf, definitionKey, needsAcceptance, standingBy } from '../rules/organization/acceptance.ts';
import type { StoredRule } from '../rules/stored-rule.ts';

const shownNames = 5;

type ToldRule = Pick<StoredRule, '_id' | 'name' | 'scope' | 'actions' | 'definitionVersion' | 'isEnabled' | 'reason'>;

/**
 * Tells the owner of a mailbox, once for each definition, of the organization's rules that wait to be accepted, and of
 * those that act without acceptance. What the owner has answered is not told. Idempotent.
 */
export async function tellOwner({ userId, mailboxId }: MailboxOwner): Promise<void> {
  const fields = 'name scope actions definitionVersion isEnabled reason';
  const [mailbox, rules] = await Promise.all([
    Mailbox.findById(mailboxId, 'email ruleAnswers toldRules').lean(),
    Rule.find({ scope: 'org' }, fields).sort({ priority: 1, _id: 1 }).lean<ToldRule[]>(),
  ]);
  if (mailbox === null) return;
  const told = new Set(mailbox.toldRules);
  const untold = rules.filter((rule) => rule.isEnabled && !told.has(definitionKey(rule)));
  if (untold.length === 0) return;
  const news = untold.filter((rule) => standingBy(rule, answerOf(rule, mailbox)) === 'open');
  if (news.length > 0) await notify({ userId, mailboxId }, news, mailbox.email);
  const known = rules.filter((rule) => untold.includes(rule) || told.has(definitionKey(rule)));
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { toldRules: known.map(definitionKey) } });
}

/** Returns the keys of the definitions that owners must have been told of. */
export async function readDefinitionKeys(): Promise<string[]> {
  const rules = await Rule.find({ scope: 'org', isEnabled: true }, 'definitionVersion').lean();
  return rules.map(definitionKey);
}

async function notify({ userId, mailboxId }: MailboxOwner, rules: readonly ToldRule[], email: string): Promise<void> {
  const waiting = rules.filter(needsAcceptance);
  const acting = rules.filter((rule) => actsIn(rule, {}));
  const [only, ...others] = rules;
  const reason = others.length > 0 || only?.reason === undefined ? '' : ` The reason it gives: ${only.reason}`;
  await notifyOnce(idOf(mailboxId, rules), {
    userId,
    type: 'system',
    priority: waiting.length > 0 ? 'high' : 'normal',
    title: waiting.length > 0 ? "Your organization's rule needs your answer" : "Your organization's rule acts now",
    message: `${sentences(waiting, acting, email).join(' ')}${reason}`,
    mailboxIds: [mailboxId],
    ...(only === undefined ? {} : { relatedEntity: { entityType: 'rule', entityId: only._id } }),
  });
}

function sentences(waiting: readonly ToldRule[], acting: readonly ToldRule[], email: string): string[] {
  return [
    ...(waiting.length === 0
      ? []
      : [
          `${named(waiting)} would move, archive or delete mail in ${email}. Nothing happens there until you accept: replay it first, then accept or decline.`,
        ]),
    ...(acting.length === 0
      ? []
      : [
          `${named(acting)} marks, flags or categorizes mail in ${email} from now on, and moves none. You can decline.`,
        ]),
  ];
}

/** Names rules, such as "Your organization's rule “News”" and "2 of your organization's rules (“A”, “B”)". */
function named(rules: readonly ToldRule[]): string {
  const names = rules.slice(0, shownNames).map(({ name }) => `“${name}”`);
  if (rules.length === 1) return `Your organization's rule ${names.join('')}`;
  const more = rules.length > shownNames ? ', …' : '';
  return `Each of ${rules.length} rules of your organization (${names.join(', ')}${more})`;
}

function idOf(mailboxId: Types.ObjectId, rules: readonly ToldRule[]): Types.ObjectId {
  const [first] = rules;
  const since = first?._id.getTimestamp() ?? new Date(0);
  return deterministicId(since, ['organization-rules', mailboxId.toHexString(), ...rules.map(definitionKey)]);
}
