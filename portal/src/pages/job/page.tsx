// One job: where it is in its life, what keeps it or where it runs, and what it writes.
import './job.css';
import { get } from '../../api/client.ts';
import type { Job } from '../../api/job.ts';
import type { PageProps } from '../../app/pages.tsx';
import { useFetched } from '../../live/fetched.ts';
import { Part } from '../../ui/part.tsx';
import { Allocation } from './allocation.tsx';
import { Credits, Eviction } from './asides.tsx';
import { Content } from './content.tsx';
import { JobFigures } from './figures.tsx';
import { Head } from './head.tsx';
import { Logs } from './log/log.tsx';
import { Steps } from './steps.tsx';
import { text } from './text.ts';
import { Waiting } from './waiting.tsx';

const waits = (job: Job) => job.state === 'pending' || job.state === 'held';

export function Page({ parts }: PageProps) {
  const id = Number(parts[0]);
  const words = text.value;
  const fetched = useFetched<Job>(
    `${id}`,
    (signal) => get<Job>(`/v1/jobs/${id}`, {}, signal),
    (state) => state.jobs.some((row) => row[0] === id),
    1000,
  );
  return (
    <>
      {!fetched.body && <h1>{words.jobNumber(id)}</h1>}
      <Part of={fetched} who={`${words.notThere} ${words.mayNotSee}`}>
        {(job) => <Known job={job} again={fetched.again} />}
      </Part>
    </>
  );
}

function Known({ job, again }: { job: Job; again: () => void }) {
  return (
    <>
      <Head job={job} again={again} />
      <JobFigures job={job} />
      <div class="job-columns">
        <div>
          {waits(job) && <Waiting job={job} again={again} />}
          <Allocation job={job} />
          {job.started && job.script !== undefined && <Logs job={job} />}
          <Content job={job} />
        </div>
        <div>
          <Steps job={job} />
          <Eviction job={job} />
          <Credits job={job} />
        </div>
      </div>
    </>
  );
}
