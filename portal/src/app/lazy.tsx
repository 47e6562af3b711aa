// A page whose code is fetched when it is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Loading, Trouble } from '../ui/trouble.tsx';
import { Problem } from '../api/client.ts';

export function lazy<Props>(load: () => Promise<{ Page: ComponentType<Props> }>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [, setTurn] = useState(0);
    const [problem, setProblem] = useState<Problem | null>(null);
    const fetch = () => {
      setProblem(null);
      load()
        .then(({ Page }) => {
          loaded = Page;
          setTurn((turn) => turn + 1);
        })
        .catch((error: Error) => setProblem(new Problem(0, error.message)));
    };
    useEffect(() => {
      if (!loaded) fetch();
    }, []);
    if (problem) return <Trouble problem={problem} again={fetch} />;
    const Page = loaded as ComponentType<unknown> | null;
    return Page ? <Page {...(props as object)} /> : <Loading />;
  };
}
