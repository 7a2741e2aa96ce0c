import { describe, expect, it } from 'vitest';
import { readChangeNotifications } from './notification-entry.ts';

const speaker = { subscriptionId: 'subscription', clientState: 'secret' };
const change = {
  ...speaker,
  changeType: 'updated',
  resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'm' },
};

describe('reading what Graph posts', () => {
  it('finds the message of a change, and the event of a subscription, whatever else there is', () => {
    const lifecycle = { ...speaker, lifecycleEvent: 'missed', resource: '/me/messages', tenantId: 'tenant' };

    const read = readChangeNotifications([change, lifecycle]);

    expect(read).toEqual({
      notifications: [
        { ...speaker, messageId: 'm' },
        { ...speaker, event: 'missed' },
      ],
      malformed: 0,
    });
  });

  it('loses no good entry to a bad one', () => {
    const bad = [null, 7, 'text', [], {}, { ...change, subscriptionId: 7 }, { ...change, resourceData: { id: '' } }];
    const worse = [
      { ...change, resourceData: null },
      { ...speaker, lifecycleEvent: 'unheard of' },
    ];

    const read = readChangeNotifications([...bad, change, ...worse]);

    expect(read).toEqual({ notifications: [{ ...speaker, messageId: 'm' }], malformed: bad.length + worse.length });
  });

  it('takes a missing client state for an empty one, which no subscription has', () => {
    const { notifications } = readChangeNotifications([
      { ...change, clientState: null },
      { ...change, clientState: undefined },
    ]);

    expect(notifications.map(({ clientState }) => clientState)).toEqual(['', '']);
  });

  it('does not take an entry with a lifecycle event that is new to it for a change', () => {
    const read = readChangeNotifications([{ ...change, lifecycleEvent: 'somethingNew' }]);

    expect(read).toEqual({ notifications: [], malformed: 1 });
  });
});
