import { render } from 'preact';
import { App } from './app/app.tsx';
import './ui/base.css';
import './ui/parts.css';
import './app/frame.css';

render(<App />, document.body);
