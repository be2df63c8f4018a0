// The page: one view an address.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Frame, Problem } from './parts/frame';
import { refreshes } from './load';
import { address, follow } from './router';
import { Ledger } from './views/ledger';
import './style.css';

const LIVE_MS = 15_000;

function View() {
  const path = address.value.path;
  if (path === '/') return <Ledger />;
  return <Problem error={{ code: 'NOT_FOUND', message: `there is no page ${path}`, hint: 'the ledger is at /', subject: '', request_id: '' }} />;
}

function App() {
  const [live, setLive] = useState(true);
  useEffect(() => {
    const look = () => fetch('/healthz').then((answer) => setLive(answer.ok), () => setLive(false));
    const timer = setInterval(look, LIVE_MS);
    const seen = () => { if (!document.hidden) refreshes.value += 1; };
    document.addEventListener('visibilitychange', seen);
    return () => { clearInterval(timer); document.removeEventListener('visibilitychange', seen); };
  }, []);
  return <Frame live={live}><View /></Frame>;
}

document.addEventListener('click', follow);
render(<App />, document.getElementById('page')!);
