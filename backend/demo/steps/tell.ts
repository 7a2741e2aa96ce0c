import type { Demo } from '../demo.ts';
import { killSwitch } from './kill-switch.ts';
import { lookBack } from './look-back.ts';
import { observe } from './observe.ts';
import { consent, inviteColleague, meetRefusal } from './first-day.ts';
import { readWhatIsThere, signIn } from './sign-in.ts';
import { executeNow, rescue, stage } from './stage-and-rescue.ts';
import { analyze, approve, explainSuggestions } from './suggest.ts';
import { undoFiling } from './undo.ts';

/** The story from its beginning to its end. @throws StepError that names the step that went wrong */
export async function tell(demo: Demo): Promise<void> {
  await meetRefusal(demo);
  await consent(demo);
  const mailboxId = await signIn(demo);
  await inviteColleague(demo);
  await readWhatIsThere(demo);
  await observe(demo);
  const suggestions = await analyze(demo, mailboxId);
  await explainSuggestions(demo, suggestions);
  await approve(demo, suggestions);
  const staged = await stage(demo);
  await rescue(demo, staged);
  await undoFiling(demo);
  const stagedLater = await killSwitch(demo);
  await executeNow(demo, stagedLater);
  await lookBack(demo);
}
