// The page: one view an address.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Frame, Problem } from './parts/frame';
import { refreshes } from './load';
import { address, follow } from './router';
import { lookWho } from './session';
import { Assets, OneAsset } from './views/assets';
import { Audits, LiveAudit, OneAudit } from './views/audits';
import { Checks } from './views/checks';
import { askLedger, Ledger } from './views/ledger';
import { Settings, SignIn } from './views/settings';
import './style.css';

const LIVE_MS = 15_000;
const FIRST_MS = 100; // a server that answers sooner is not shown to be awaited

function View() {
  const path = address.value.path;
  const task = /^\/audits\/task\/([^/]+)$/.exec(path);
  if (task) return <LiveAudit id={decodeURIComponent(task[1]!)} />;
  const one = /^\/(assets|audits)\/(.+)$/.exec(path);
  if (path === '/') return <Ledger />;
  if (path === '/assets') return <Assets />;
  if (one?.[1] === 'assets') return <OneAsset name={decodeURIComponent(one[2]!)} />;
  if (path === '/audits') return <Audits />;
  if (one?.[1] === 'audits') return <OneAudit id={decodeURIComponent(one[2]!)} />;
  if (path === '/checks') return <Checks />;
  if (path === '/settings') return <Settings />;
  if (path === '/signin') return <SignIn />;
  return <Problem error={{ code: 'NOT_FOUND', message: `there is no page ${path}`, hint: 'the ledger is at /', subject: '', request_id: '' }} />;
}

function App() {
  const [live, setLive] = useState(true);
  useEffect(() => {
    const look = () => fetch('/healthz').then((answer) => setLive(answer.ok), () => setLive(false));
    void lookWho();
    const timer = setInterval(look, LIVE_MS);
    const seen = () => { if (!document.hidden) refreshes.value += 1; };
    document.addEventListener('visibilitychange', seen);
    return () => { clearInterval(timer); document.removeEventListener('visibilitychange', seen); };
  }, []);
  return <Frame live={live}><View /></Frame>;
}

document.addEventListener('click', follow);
const draw = () => render(<App />, document.getElementById('page')!);
if (address.value.path !== '/') draw();
else void Promise.race([askLedger(), new Promise((late) => setTimeout(late, FIRST_MS))]).then(draw);
