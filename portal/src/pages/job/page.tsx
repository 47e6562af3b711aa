// One job: where it is in its life, what keeps it or where it runs, and what it writes.
import '../../jobs/jobs.css';
import './job.css';
import { get } from '../../api/client.ts';
import type { Job } from '../../api/job.ts';
import type { PageProps } from '../../app/pages.tsx';
import { jobWords } from '../../jobs/text.ts';
import { useFetched } from '../../live/fetched.ts';
import { Loading, Trouble } from '../../ui/trouble.tsx';
import { Allocation } from './allocation.tsx';
import { Content, Credits, Eviction } from './content.tsx';
import { Figures } from './figures.tsx';
import { Head } from './head.tsx';
import { Logs } from './logs.tsx';
import { Steps } from './steps.tsx';
import { text } from './text.ts';
import { Waiting } from './waiting.tsx';

const waits = (job: Job) => job.state === 'pending' || job.state === 'held';

export function Page({ parts }: PageProps) {
  const id = Number(parts[0]);
  const {
    body: job,
    problem,
    again,
  } = useFetched<Job>(
    `${id}`,
    (signal) => get<Job>(`/v1/jobs/${id}`, {}, signal),
    (state) => state.jobs.some((row) => row[0] === id),
    1000,
  );
  if (!job && problem) {
    return (
      <>
        <h1>{text.value.number(id)}</h1>
        {problem.status === 404 ? (
          <div class="notice">
            <p>{text.value.notThere}</p>
            <p class="quiet">{jobWords.value.mayNotSee}</p>
          </div>
        ) : (
          <Trouble problem={problem} again={again} />
        )}
      </>
    );
  }
  if (!job) return <Loading />;
  return (
    <>
      <Head job={job} again={again} />
      {problem && <Trouble problem={problem} again={again} />}
      <Figures job={job} />
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
