import { render } from 'preact';
import { App } from './app/app.tsx';
import './ui/base.css';

render(<App />, document.body);
