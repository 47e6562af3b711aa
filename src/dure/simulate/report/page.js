// Light or dark by choice, and a readout where a chart is pointed at. The page says everything without this.
'use strict';

(() => {
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem('theme', theme); } catch { /* a page from a file may not */ } };
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const current = () => root.dataset.theme || (prefersDark.matches ? 'dark' : 'light');

  const setUpTheme = () => {
    const button = document.getElementById('theme');
    button.hidden = false;
    button.addEventListener('click', () => {
      root.dataset.theme = current() === 'dark' ? 'light' : 'dark';
      remember(root.dataset.theme);
    });
  };

  // The last sample that begins at or before `position`.
  const sampleAt = (starts, position) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle] <= position) low = middle; else high = middle - 1;
    }
    return low;
  };

  const setUpReadout = () => {
    const samples = document.getElementById('samples');
    if (!samples) return;
    const { starts, moments, series } = JSON.parse(samples.textContent);
    const charts = [...document.querySelectorAll('.plot[data-series]')].map((plot) => {
      const readout = plot.closest('figure').querySelector('.readout');
      return { plot, readout, note: readout.textContent, cursor: plot.querySelector('.cursor'),
               values: series[plot.dataset.series] };
    });
    let chosen = 0;

    const show = (index) => {
      chosen = index;
      const x = 100 * (starts[index] + (starts[index + 1] ?? 1)) / 2 + '%';
      for (const { readout, cursor, values } of charts) {
        readout.textContent = moments[index] + ' · ' + values.texts[index];
        readout.classList.add('live');
        const [line, dot] = cursor.children;
        line.setAttribute('x1', x);
        line.setAttribute('x2', x);
        dot.setAttribute('cx', x);
        dot.setAttribute('cy', 100 * (1 - values.heights[index]) + '%');
        cursor.classList.add('on');
      }
    };
    const hide = () => {
      for (const { readout, note, cursor } of charts) {
        readout.textContent = note;
        readout.classList.remove('live');
        cursor.classList.remove('on');
      }
    };
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -24, PageDown: 24, Home: -Infinity, End: Infinity };

    for (const { plot } of charts) {
      const box = plot.querySelector('svg');
      const point = (event) => {
        const { left, width } = box.getBoundingClientRect();
        show(sampleAt(starts, (event.clientX - left) / width));
      };
      plot.addEventListener('pointermove', point);
      plot.addEventListener('pointerdown', point);
      plot.addEventListener('pointerleave', hide);
      plot.tabIndex = 0;
      plot.addEventListener('focus', () => { if (plot.matches(':focus-visible')) show(chosen); });
      plot.addEventListener('blur', hide);
      plot.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') hide();
        if (!(event.key in step)) return;
        event.preventDefault();
        show(Math.min(starts.length - 1, Math.max(0, chosen + step[event.key])));
      });
    }
  };

  const theme = remembered();
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  addEventListener('DOMContentLoaded', () => { setUpTheme(); setUpReadout(); });
  addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
})();
