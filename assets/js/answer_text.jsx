// An answer: markdown in blocks that are parsed once, with [n] as raised numbers that open the evidence.
// Element types are constants, so a re-render keeps the DOM: selections and scroll positions survive streaming.
import { createContext, memo, useContext, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";

const MARKER = /\[(\d{1,3})\]/g;
const Sources = createContext({ sources: [], pageWord: "", onCite: () => {}, leaving: {}, unsureWord: "" });
// Private characters around what no source holds: they survive Markdown, and no answer brings its own.
const UNSURE = /\ue000([^\ue000\ue001]*)\ue001/g;
const UNSURE_MARKS = /[\ue000\ue001]/g;
const LIKE_NUMBERS = "ilovx";

/** Split markdown at blank lines outside code fences; a list stays with its items. */
export function splitBlocks(text) {
  const blocks = [];
  let block = [];
  let fence = "";
  const finish = () => {
    if (block.some((line) => line.trim())) blocks.push(block.join("\n"));
    block = [];
  };
  for (const line of text.split("\n")) {
    const opening = line.match(/^\s*(```+|~~~+)/)?.[1] ?? "";
    if (fence ? line.trim().startsWith(fence) : opening) fence = fence ? "" : opening;
    if (!fence && !line.trim() && !opening) finish();
    else block.push(line);
  }
  finish();
  return joinLists(blocks);
}

function joinLists(blocks) {
  const item = /^\s*([-*+]|\d+[.)])\s|^\s{2,}\S/;
  return blocks.reduce((joined, block) => {
    const last = joined.at(-1);
    if (last && item.test(last) && item.test(block)) joined[joined.length - 1] = `${last}\n\n${block}`;
    else joined.push(block);
    return joined;
  }, []);
}

/** Put marks around the spans of a text; places count whole characters, as the server does. */
export function markUnsure(text, spans) {
  const characters = Array.from(text.replace(UNSURE_MARKS, " "));
  for (const { start, end } of spans ?? []) {
    if (end > characters.length || start >= end) continue;
    characters[start] = `\ue000${characters[start]}`;
    characters[end - 1] += "\ue001";
  }
  return characters.join("");
}

/** remark plugin: what is between marks becomes an element of its own; code loses the marks. */
function remarkUnsure() {
  const walk = (node) => {
    if (typeof node.value === "string" && node.type !== "text") node.value = node.value.replace(UNSURE_MARKS, "");
    if (!node.children) return;
    node.children = node.children.flatMap((child) => (child.type === "text" ? cutUnsure(child) : (walk(child), [child])));
  };
  return walk;
}

function cutUnsure(node) {
  return node.value
    .split(UNSURE)
    .map((value, index) => ({ type: index % 2 ? "unsure" : "text", value: value.replace(UNSURE_MARKS, "") }))
    .filter((part) => part.value)
    .map((part) =>
      part.type === "text" ? part : { type: "unsure", data: { hName: "mark" }, children: [{ type: "text", value: part.value }] },
    );
}

function Unsure({ children }) {
  const { unsureWord } = useContext(Sources);
  return (
    <mark className="unsure" title={unsureWord}>
      {children}
      <span className="unsure-sign" aria-hidden="true">
        ?
      </span>
      <span className="sr-only">{` (${unsureWord})`}</span>
    </mark>
  );
}

/** remark plugin: the text [3] becomes a citation; code is left alone because its nodes are no text nodes. */
function remarkCitations() {
  const walk = (node) => {
    if (!node.children || node.type === "link") return;
    node.children = node.children.flatMap((child) => (child.type === "text" ? cutMarkers(child) : (walk(child), [child])));
  };
  return walk;
}

function cutMarkers(node) {
  const parts = node.value.split(MARKER);
  const closeUp = (value, index) => (index < parts.length - 1 ? value.replace(/ $/, "") : value);
  return parts
    .map((value, index) => (index % 2 ? citation(Number(value)) : { type: "text", value: closeUp(value, index) }))
    .filter((part) => part.type !== "text" || part.value);
}

const citation = (n) => ({ type: "citation", data: { hName: "cite", hProperties: { n } }, children: [{ type: "text", value: String(n) }] });

function Citation({ n }) {
  const { sources, pageWord, onCite } = useContext(Sources);
  const [place, setPlace] = useState(null);
  const timer = useRef(0);
  const source = sources.find((candidate) => candidate.n === Number(n));
  if (!source) return <span className="cite-unknown">[{n}]</span>;
  const open = (event) => {
    const rect = event.currentTarget.getBoundingClientRect();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setPlace(rect), event.type === "focus" ? 0 : 120);
  };
  const close = () => {
    clearTimeout(timer.current);
    setPlace(null);
  };
  return (
    <>
      <button
        type="button"
        className="cite"
        data-n={n}
        aria-label={`${n}: ${source.title}${source.page ? `, ${pageWord} ${source.page}` : ""}`}
        onMouseEnter={open}
        onFocus={open}
        onMouseLeave={close}
        onBlur={close}
        onClick={() => (close(), onCite(source.n))}
      >
        {n}
      </button>
      {place && createPortal(<Preview source={source} pageWord={pageWord} place={place} />, document.body)}
    </>
  );
}

function Preview({ source, pageWord, place }) {
  const left = Math.max(12, Math.min(place.left - 24, window.innerWidth - 372));
  const above = place.top > window.innerHeight / 2;
  const vertical = above ? { bottom: window.innerHeight - place.top + 8 } : { top: place.bottom + 8 };
  return (
    <div className="cite-preview" role="tooltip" style={{ left, ...vertical }}>
      <p>{source.quote}</p>
      <footer>
        <span className="truncate">{source.title}</span>
        {source.page > 0 && <span>{`${pageWord} ${source.page}`}</span>}
      </footer>
    </div>
  );
}

/** Whether a reader sees words: three letters that are no number, and nothing that hides or turns them. */
export function isWords(text) {
  const shown = text.normalize("NFKC").toLowerCase();
  const letters = shown.match(/(?![\u115f\u1160])\p{L}/gu) ?? [];
  return !/[\p{Cc}\p{Cf}\p{Co}]/u.test(shown) && letters.length >= 3 && letters.some((one) => !LIKE_NUMBERS.includes(one));
}

/** The site or mailbox a link leads to; "" for what is not opened at all. */
export function destination(href) {
  if (!URL.canParse(href ?? "")) return "";
  const { protocol, host, pathname } = new URL(href);
  return { "http:": host, "https:": host, "mailto:": pathname }[protocol] ?? "";
}

function wordsOf(node) {
  if (Array.isArray(node)) return node.map(wordsOf).join("");
  return typeof node === "object" ? wordsOf(node?.props?.children ?? "") : String(node ?? "");
}

/** A link to elsewhere says where it leads and asks first; what could pass for a citation is text. */
function Outside({ href, children }) {
  const [asks, setAsks] = useState(false);
  const to = destination(href);
  const words = wordsOf(children);
  if (!to || !isWords(words)) return <span>{children}</span>;
  const ask = (event) => (event.preventDefault(), setAsks(true));
  const isNamed = [to, href, `mailto:${to}`].includes(words);
  return (
    <>
      <a href={href} target="_blank" rel="noopener noreferrer nofollow" onClick={ask} onAuxClick={(event) => event.button === 1 && ask(event)}>
        {children}
        {!isNamed && <span className="outside-host">{` (${to})`}</span>}
      </a>
      {asks && createPortal(<Leaving href={href} onClose={() => setAsks(false)} />, document.body)}
    </>
  );
}

function Leaving({ href, onClose }) {
  const { title, text, open, stay } = useContext(Sources).leaving;
  const dialog = useRef(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} className="dialog leaving" aria-label={title} onClose={onClose}>
      <div>
        <h2 className="dialog-title">{title}</h2>
        <p className="dialog-text">{text}</p>
      </div>
      <p className="leaving-address">{href}</p>
      <div className="dialog-actions">
        <button type="button" className="btn btn-secondary" onClick={close}>
          {stay}
        </button>
        <a className="btn btn-primary" href={href} target="_blank" rel="noopener noreferrer nofollow" onClick={close}>
          {open}
        </a>
      </div>
    </dialog>
  );
}

const COMPONENTS = {
  cite: Citation,
  mark: Unsure,
  img: ({ alt }) => <span className="muted">{alt}</span>,
  a: Outside,
  table: ({ children }) => (
    <div className="table-wrap">
      <table className="table">{children}</table>
    </div>
  ),
};
const PLUGINS = [[remarkGfm, { singleTilde: false }], remarkCitations, remarkUnsure];

const Block = memo(function Block({ text }) {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} skipHtml>
      {text}
    </ReactMarkdown>
  );
});

const calm = typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Text arrives in steps; show it at an even pace, at most half a second behind. */
function useEvenPace(text, busy) {
  const [shown, setShown] = useState(busy && !calm ? Math.min(text.length, 400) : text.length);
  const behind = text.length - shown;
  useEffect(() => {
    if (behind === 0) return undefined;
    // The first words at once; what follows at an even pace.
    if (!busy || calm || shown === 0 || behind < 0 || behind > 600) return void setShown(text.length);
    const timer = setTimeout(() => setShown(shown + Math.max(2, Math.ceil(behind / 10))), 40);
    return () => clearTimeout(timer);
  }, [behind, shown, busy, text.length]);
  return busy ? text.slice(0, shown) : text;
}

export const AnswerText = memo(function AnswerText(props) {
  const { text = "", sources, pageWord, answerId, busy, onCite, leaving, unsupported, unsureWord = "" } = props;
  const marked = useMemo(() => markUnsure(text, busy ? [] : unsupported), [text, busy, unsupported]);
  const visible = useEvenPace(marked, busy);
  const blocks = useMemo(() => splitBlocks(visible), [visible]);
  const cite = useRef(onCite);
  cite.current = onCite;
  const context = useMemo(
    () => ({ sources, pageWord, onCite: (n) => cite.current?.(n), leaving, unsureWord }),
    [sources, pageWord, leaving?.title, unsureWord],
  );
  return (
    <Sources.Provider value={context}>
      <div className="answer-text" data-answer={answerId} aria-busy={Boolean(busy)}>
        {blocks.map((block, index) => (
          <Block key={index} text={block} />
        ))}
      </div>
    </Sources.Provider>
  );
});
