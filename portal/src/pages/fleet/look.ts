// Light or dark, as the page is now.
import { computed, signal } from '@preact/signals';
import { theme } from '../../app/theme.ts';
import type { Look } from '../../map/palette.ts';

const media = matchMedia('(prefers-color-scheme: dark)');
const isDark = signal(media.matches);
media.addEventListener('change', () => (isDark.value = media.matches));

export const look = computed<Look>(() => (theme.value === 'system' ? (isDark.value ? 'dark' : 'light') : theme.value));
