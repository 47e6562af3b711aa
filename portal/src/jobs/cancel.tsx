// Asks before a job is cancelled.
import { change } from '../api/change.ts';
import type { Job } from '../api/job.ts';
import { Dialog } from '../ui/dialog.tsx';
import { jobWords } from './text.ts';

interface Props {
  job: Job;
  done: () => void;
  onClose: () => void;
}

export function CancelJob({ job, done, onClose }: Props) {
  const words = jobWords.value;
  const act = async (_: FormData, key: string) => {
    await change(`/v1/jobs/${job.id}/cancel`, { key });
    done();
  };
  return (
    <Dialog title={words.cancelJob} no={words.keep} isBad act={act} onClose={onClose}>
      <p>
        <strong>
          {job.id} {job.name}
        </strong>
      </p>
      <p>{words.cancelQuestion}</p>
    </Dialog>
  );
}
