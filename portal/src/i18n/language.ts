// Which language is spoken, and how a page finds its words.
import { computed, effect, signal } from '@preact/signals';

export type Language = 'en' | 'ko';

const key = 'dure.language';

function first(): Language {
  const kept = localStorage.getItem(key);
  if (kept === 'en' || kept === 'ko') return kept;
  return navigator.language.startsWith('ko') ? 'ko' : 'en';
}

export const language = signal<Language>(first());

effect(() => {
  document.documentElement.lang = language.value;
  localStorage.setItem(key, language.value);
});

// The words of a page, in both languages: `const words = inBoth({en, ko})`, then `words.value.title`. The type of the
// Korean ones is that of the English ones, so that none can be missing.
export function inBoth<Words>(both: { en: Words; ko: NoInfer<Words> }) {
  return computed(() => both[language.value]);
}
