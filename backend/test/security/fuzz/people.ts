import type { Types } from 'mongoose';
import { createSession, csrfToken, isSessionOpen } from '../../../src/auth/sessions.ts';
import { AuditLog, Mailbox, Notification, Pattern, Rule, StagedEmail, User } from '../../../src/models/index.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildRuleRun } from '../../factories/rule-run.ts';
import { buildUser } from '../../factories/user.ts';
import type { Accounts } from '../../harness/accounts.ts';
import { admin } from '../../harness/connected-service.ts';
import { untilPasses } from '../../harness/until-passes.ts';
import type { Credentials } from './answer.ts';
import type { FuzzRequest } from './requests.ts';
import type { KnownIds } from './values.ts';

const wrongCsrf = 'x'.repeat(43);

/** The people in whose name the fuzzer asks: an admin, a user with a mailbox and a history, and another like them. */
export class People {
  readonly ids: KnownIds;
  readonly others: readonly string[];
  readonly #admin: Types.ObjectId;
  readonly #user: Types.ObjectId;
  readonly #sessions = new Map<string, string>();

  static async start(accounts: Accounts): Promise<People> {
    const bea = await accounts.joinWithHistory('bea@contoso.example');
    const carl = await accounts.joinWithHistory('carl@contoso.example');
    const { _id: adminId } = await User.findOne({ email: admin }).lean().orFail();
    const [own, others] = [await idsOf(bea.mailbox), await idsOf(carl.mailbox)];
    const userId = carl.mailbox.userId.toString();
    return new People({ ...own, userId }, Object.values(others), [adminId, bea.mailbox.userId]);
  }

  private constructor(ids: KnownIds, others: readonly string[], [first, second]: [Types.ObjectId, Types.ObjectId]) {
    this.ids = ids;
    this.others = others;
    this.#admin = first;
    this.#user = second;
  }

  /** The ids of users whose requests are counted. */
  get userIds(): string[] {
    return [this.#admin.toString(), this.#user.toString()];
  }

  /** The credentials with which a request is sent. Whoever can be deleted or deactivated by it is made anew. */
  async credentialsFor({ operation, sender }: FuzzRequest): Promise<Credentials> {
    if (sender === 'stranger' || operation.security.length === 0) return {};
    const isForAdmin = operation.tags.includes('admin') && sender !== 'not-admin';
    const session = await this.#sessionOf(
      operation.operationId === 'deleteMe' ? await newcomer() : this.#who(isForAdmin),
    );
    const cookie = `msedb_session=${session}`;
    if (sender === 'no-csrf') return { cookie };
    return { cookie, csrf: sender === 'wrong-csrf' ? wrongCsrf : csrfToken(session) };
  }

  #who(isForAdmin: boolean): Types.ObjectId {
    return isForAdmin ? this.#admin : this.#user;
  }

  async #sessionOf(userId: Types.ObjectId): Promise<string> {
    const known = this.#sessions.get(userId.toString());
    if (known !== undefined && (await isSessionOpen(known))) return known;
    const { id } = await createSession(userId);
    this.#sessions.set(userId.toString(), id);
    return id;
  }
}

async function newcomer(): Promise<Types.ObjectId> {
  return (await buildUser())._id;
}

function idOf(row: { _id: Types.ObjectId }): string {
  return row._id.toString();
}

async function idsOf({ _id: mailboxId, userId }: { _id: Types.ObjectId; userId: Types.ObjectId }) {
  const owner = { userId, mailboxId };
  const conditions = { senderEmail: 'news@letters.example' };
  const actions = [{ actionType: 'markRead' as const }];
  await Rule.updateMany(owner, { $set: { conditions, actions } }); // no route stores a rule without actions
  const rule = await buildRule({ ...owner, conditions, actions });
  await Pattern.updateMany(owner, { $set: { condition: conditions, suggestedAction: { actionType: 'markRead' } } });
  const [pattern, staged, audit, notification, run] = await Promise.all([
    Pattern.findOne(owner).lean().orFail(),
    StagedEmail.findOne(owner).lean().orFail(),
    AuditLog.findOne(owner).lean().orFail(),
    Notification.findOne({ userId }).lean().orFail(),
    buildRuleRun({ ...owner, ruleId: rule._id }),
  ]);
  const [fromFolder = '', toFolder = ''] = await foldersOf(mailboxId);
  return {
    fromFolder,
    toFolder,
    folder: toFolder,
    mailboxId: mailboxId.toString(),
    mailbox: mailboxId.toString(),
    ruleId: idOf(rule),
    ruleIds: idOf(rule),
    patternId: idOf(pattern),
    stagedId: idOf(staged),
    ids: idOf(pattern),
    auditId: idOf(audit),
    notificationId: idOf(notification),
    runId: idOf(run),
    previewToken: idOf(run),
  };
}

/** Ids of two folders that rules may use, once the mailbox was synchronized. */
function foldersOf(mailboxId: Types.ObjectId): Promise<string[]> {
  return untilPasses(async () => {
    const { folders } = await Mailbox.findById(mailboxId).lean().orFail();
    const usable = folders.filter(({ kind }) => kind === undefined || kind === 'inbox' || kind === 'archive');
    if (usable.length < 2) throw new Error('The mailbox is not synchronized yet');
    return usable.map((folder) => folder.id);
  });
}
