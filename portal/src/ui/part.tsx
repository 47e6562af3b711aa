// A part of a page that is read from the API: on its way, shown, refused or in trouble.
import type { ComponentChildren } from 'preact';
import type { Fetched } from '../live/fetched.ts';
import { Loading, Trouble } from './trouble.tsx';

interface Props<Body> {
  of: Fetched<Body>;
  who: string; // who may see it, in a sentence
  children: (body: Body) => ComponentChildren;
}

export function Part<Body>({ of, who, children }: Props<Body>) {
  if (of.problem && [403, 404].includes(of.problem.status)) {
    return (
      <div class="notice">
        <p>{who}</p>
        <p class="quiet" lang="en">
          {of.problem.message}
        </p>
      </div>
    );
  }
  return (
    <>
      {of.problem && <Trouble problem={of.problem} again={of.again} />}
      {of.body ? children(of.body) : of.isLoading && <Loading />}
    </>
  );
}
