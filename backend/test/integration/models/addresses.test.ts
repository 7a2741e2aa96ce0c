import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';
import { EmailEvent, Mailbox, Pattern, Rule, User } from '../../../src/models/index.ts';
import { buildEmailEvent } from '../../factories/email-event.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildPattern } from '../../factories/pattern.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildUser } from '../../factories/user.ts';
import { useTestDatabase } from '../../harness/database.ts';

const typed = ' Ada@Ex\u00e4mple.COM ';
const stored = 'ada@xn--exmple-cua.com';
const typedDomain = ' Exa\u0308mple.COM ';
const storedDomain = 'xn--exmple-cua.com';

useTestDatabase();

describe('addresses are stored and found in canonical form', () => {
  it('of a user, however it is written', async () => {
    const user = await buildUser({ email: typed });
    expect(await User.collection.findOne({ _id: user._id })).toMatchObject({ email: stored });

    await User.updateOne({ _id: user._id }, { email: ' B@X.org' });
    expect(await User.collection.findOne({ _id: user._id })).toMatchObject({ email: 'b@x.org' });

    await User.findOneAndUpdate({ _id: user._id }, { $set: { email: ' C@X.org' } });
    expect(await User.collection.findOne({ _id: user._id })).toMatchObject({ email: 'c@x.org' });

    await User.bulkWrite([{ updateOne: { filter: { _id: user._id }, update: { $set: { email: ' D@X.org' } } } }]);
    expect(await User.collection.findOne({ _id: user._id })).toMatchObject({ email: 'd@x.org' });
  });

  it('of a user made by an upsert, and it is found however it was typed', async () => {
    const made = await User.findOneAndUpdate(
      { email: ' Upsert@Example.COM' },
      { $set: { displayName: 'Ada' } },
      { upsert: true, returnDocument: 'after' },
    );

    expect(made).toMatchObject({ email: 'upsert@example.com', role: 'user' });
    expect(await User.countDocuments({ email: 'UPSERT@example.com ' })).toBe(1);
    expect(await User.countDocuments({ email: mongoose.trusted({ $in: [' Upsert@EXAMPLE.com'] }) })).toBe(1);
  });

  it('of a mailbox and of its whitelists', async () => {
    const settings = { automationPaused: false, whitelistedSenders: [typed], whitelistedDomains: [typedDomain] };
    const { _id } = await buildMailbox({ email: typed, settings });
    expect(await Mailbox.collection.findOne({ _id })).toMatchObject({
      email: stored,
      settings: { whitelistedSenders: [stored], whitelistedDomains: [storedDomain] },
    });

    await Mailbox.updateOne({ _id }, { $set: { 'settings.whitelistedSenders': [' B@X.org', 'C@X.org'] } });
    await Mailbox.updateOne({ _id }, { $push: { 'settings.whitelistedDomains': ' X.ORG' } });
    await Mailbox.updateOne({ _id }, { $addToSet: { 'settings.whitelistedDomains': typedDomain } });
    await Mailbox.updateOne({ _id }, { $addToSet: { 'settings.whitelistedDomains': { $each: ['Y.org ', ' x.ORG'] } } });
    await Mailbox.updateOne({ _id }, { $pull: { 'settings.whitelistedSenders': 'B@x.ORG' } });

    const { settings: changed } = await Mailbox.findById(_id).lean().orFail();
    expect(changed.whitelistedSenders).toEqual(['c@x.org']);
    expect(changed.whitelistedDomains).toEqual([storedDomain, 'x.org', 'y.org']);

    await Mailbox.updateOne({ _id }, { settings: { ...settings, automationPaused: true } });
    expect((await Mailbox.findById(_id).lean().orFail()).settings).toEqual({
      automationPaused: true,
      whitelistedSenders: [stored],
      whitelistedDomains: [storedDomain],
    });
  });

  it('of the sender of an event', async () => {
    const sender = { name: 'Ada L.', email: typed, domain: typedDomain };
    const lowered = { name: 'Ada L.', email: stored, domain: storedDomain };
    const { _id } = await buildEmailEvent({ sender });
    expect(await EmailEvent.collection.findOne({ _id })).toMatchObject({ sender: lowered });

    await EmailEvent.updateOne({ _id }, { sender: { ...sender, email: ' B@X.org', domain: ' X.org' } });
    expect((await EmailEvent.findById(_id).lean().orFail()).sender).toMatchObject({
      email: 'b@x.org',
      domain: 'x.org',
    });

    await EmailEvent.updateOne({ _id }, { $set: { 'sender.email': typed, 'sender.domain': typedDomain } });
    expect((await EmailEvent.findById(_id).lean().orFail()).sender).toMatchObject(lowered);
    expect(await EmailEvent.countDocuments({ _id, 'sender.domain': 'EX\u00c4MPLE.com' })).toBe(1);
  });

  it('of the condition of a pattern and the conditions of a rule', async () => {
    const [asTyped, asStored] = [
      { senderEmail: typed, senderDomain: typedDomain },
      { senderEmail: stored, senderDomain: storedDomain },
    ];
    const other = { senderEmail: ' B@X.org', senderDomain: ' X.org' };

    const pattern = await buildPattern({ condition: asTyped });
    const rule = await buildRule({ conditions: asTyped });
    expect(await Pattern.collection.findOne({ _id: pattern._id })).toMatchObject({ condition: asStored });
    expect(await Rule.collection.findOne({ _id: rule._id })).toMatchObject({ conditions: asStored });

    await Pattern.updateOne({ _id: pattern._id }, { $set: { condition: other } });
    await Rule.findOneAndUpdate({ _id: rule._id }, { conditions: other });
    expect((await Pattern.findById(pattern._id).lean().orFail()).condition).toEqual({
      senderEmail: 'b@x.org',
      senderDomain: 'x.org',
    });
    expect((await Rule.findById(rule._id).lean().orFail()).conditions).toEqual({
      senderEmail: 'b@x.org',
      senderDomain: 'x.org',
    });

    await Pattern.updateOne({ _id: pattern._id }, { $set: { 'condition.senderDomain': typedDomain } });
    await Rule.updateOne({ _id: rule._id }, { $set: { 'conditions.senderDomain': typedDomain } });
    expect((await Pattern.findById(pattern._id).lean().orFail()).condition?.senderDomain).toBe(storedDomain);
    expect((await Rule.findById(rule._id).lean().orFail()).conditions?.senderDomain).toBe(storedDomain);
  });
});
