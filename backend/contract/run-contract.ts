import { type Assumption, CannotTell } from './assumption.ts';
import { type Answer, answerOf, unansweredOf } from './report.ts';
import type { Workbench } from './workbench.ts';

/** Told after each answer. */
export type OnAnswer = (assumption: Assumption, answer: Answer) => void;

/**
 * Asks everything, one after another. A question that fails is one that cannot be told; the others are asked all the
 * same.
 * @returns the answers by id; fewer when the signal is aborted
 */
export async function askAll(
  assumptions: readonly Assumption[],
  bench: Workbench,
  onAnswer: OnAnswer,
): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  for (const assumption of assumptions) {
    const answer = await askOne(assumption, bench);
    if (bench.waiting.signal.aborted) break;
    answers[assumption.id] = answer;
    onAnswer(assumption, answer);
  }
  return answers;
}

async function askOne({ assumed, ask }: Assumption, bench: Workbench): Promise<Answer> {
  try {
    return answerOf(assumed, await ask(bench));
  } catch (error) {
    if (error instanceof CannotTell) return unansweredOf(assumed, error.message);
    const name = error instanceof Error ? error.name : 'Error';
    return unansweredOf(assumed, `the question failed: ${name}`);
  }
}
