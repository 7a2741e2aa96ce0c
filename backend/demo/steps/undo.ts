import { z } from 'zod';
import { reportsSender } from '../../emulator/lively-correspondents.ts';
import { deliver, type Demo, expectIn } from '../demo.ts';

const entries = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      target: z.object({ id: z.string().nullable() }),
      explanation: z.string(),
      undo: z.object({ possible: z.boolean() }),
    }),
  ),
});

/** A rule files a report, and the owner undoes it. */
export async function undoFiling(demo: Demo): Promise<void> {
  const { story, api, owner } = demo;
  await story.step('A report is filed, and the act is undone', async () => {
    const report = deliver(demo, reportsSender, 'Report: revenue, this week');
    await expectIn(demo, report.id, 'Reports');
    const act = await api.askUntil({ path: '/api/audit?action=rule_executed' }, entries, {
      what: 'the act is in the audit log, and can be undone',
      pick: ({ items }) => items.find(({ target, undo: { possible } }) => target.id === report.id && possible),
    });
    story.show({ 'what was done': act.explanation });
    await api.ask({ method: 'POST', path: `/api/audit/${act.id}/undo` }, z.unknown());
    await expectIn(demo, report.id, 'Inbox');
    story.check('it is unread, as it came', !owner.mailbox.get(report.id).isRead);
  });
}
