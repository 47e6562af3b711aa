// What is being written, kept for this tab until it is sent.
import { emptyForm, type JobForm } from '../../jobs/job_form.ts';

export interface Draft {
  form: JobForm;
  yaml: string | null; // written by hand, in place of what the form says
}

const key = 'dure.submit';

export const emptyDraft: Draft = { form: emptyForm, yaml: null };

export function readDraft(): Draft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Draft | null;
    return kept && { form: { ...emptyForm, ...kept.form }, yaml: kept.yaml };
  } catch {
    return null;
  }
}

export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A script may be larger than a browser keeps.
  }
}

export const dropDraft = () => sessionStorage.removeItem(key);
