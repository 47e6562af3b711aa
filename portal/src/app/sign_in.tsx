import { useState } from 'preact/hooks';
import { text } from './text.ts';
import { signIn } from './session.ts';

export function SignIn() {
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const words = text.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(token);
    } catch (error) {
      setTrouble((error as Error).message);
    }
    setBusy(false);
  };
  return (
    <form class="card" onSubmit={submit} style={{ maxWidth: '30rem', margin: '8vh auto' }}>
      <h1>{words.signIn}</h1>
      <p>{words.signInHelp}</p>
      <p class="quiet">
        {words.signInMake} <code>dure token create</code>
      </p>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <div class="row">
        <label style={{ flex: 1 }}>
          {words.token}
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button class="main" disabled={isBusy}>
          {words.signIn}
        </button>
      </div>
    </form>
  );
}
