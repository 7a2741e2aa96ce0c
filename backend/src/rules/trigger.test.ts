import { describe, expect, it } from 'vitest';
import { nameRule } from './rule-name.ts';
import { isSameEffect, storedWords, wordsOf } from './rule-definition.ts';
import { actsOnArrival, actsOnRead, delayMsOf, type RuleTrigger, ruleTrigger, triggerOf } from './trigger.ts';

const hourMs = 3_600_000;
const conditions = { senderEmail: 'codes@shop.example' };
const actions = [{ actionType: 'delete' }] as const;

describe('the moment of a rule', () => {
  it.each<[RuleTrigger | undefined, boolean, boolean, number | undefined]>([
    [undefined, true, false, undefined],
    [{ kind: 'arrival' }, true, false, undefined],
    [{ kind: 'onRead' }, false, true, undefined],
    [{ kind: 'afterHours', hours: 24 }, false, false, 24 * hourMs],
  ])('of %o', (trigger, onArrival, onRead, delayMs) => {
    const rule = trigger === undefined ? {} : { trigger };

    expect([actsOnArrival(rule), actsOnRead(rule), delayMsOf(rule)]).toEqual([onArrival, onRead, delayMs]);
  });

  it('is as late as can be when the hours were lost', () => {
    expect(triggerOf({ trigger: { kind: 'afterHours' } })).toEqual({ kind: 'afterHours', hours: 8_760 });
  });

  it.each([
    { kind: 'afterHours' },
    { kind: 'afterHours', hours: 0 },
    { kind: 'afterHours', hours: 8_761 },
    { kind: 'afterHours', hours: 1.5 },
    { kind: 'onRead', hours: 3 },
    { kind: 'never' },
  ])('is never %o', (trigger) => {
    expect(ruleTrigger.safeParse(trigger).success).toBe(false);
  });

  it.each<[RuleTrigger, string]>([
    [{ kind: 'arrival' }, 'Delete mail of codes@shop.example'],
    [{ kind: 'onRead' }, 'Delete mail of codes@shop.example after it is read'],
    [{ kind: 'afterHours', hours: 1 }, 'Delete mail of codes@shop.example 1 hour after arrival, unless it is opened'],
  ])('%o is in the name of the rule', (trigger, name) => {
    expect(nameRule({ conditions, action: actions[0], trigger }, () => undefined)).toBe(name);
  });

  it('is part of what a rule does, and arrival when it is left out', () => {
    const words = { name: 'One', conditions, actions };
    const onRead = { ...words, trigger: { kind: 'onRead' } as const };

    expect(isSameEffect(words, { ...words, trigger: { kind: 'arrival' } })).toBe(true);
    expect(isSameEffect(words, onRead)).toBe(false);
    expect(wordsOf(storedWords(onRead))).toEqual(onRead);
    expect(storedWords(words).trigger).toEqual({ kind: 'arrival' });
  });
});
