/**
 * Log lines on standard error: for people, or one JSON object a line for programs.
 *
 * Every line has an event, a stable name that scripts may look for ("ready", "store-behind"); its sentence may change. What comes
 * from the network has been escaped before it gets here.
 */
import { writeSync } from "node:fs";

/** From the most to the least important. */
export const logLevels = ["error", "warning", "info", "debug"] as const;

/** How important a line is. */
export type LogLevel = (typeof logLevels)[number];

/** Lines for people or for programs. */
export type LogFormat = "plain" | "json";

/** Values that belong to a line, by name. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where lines go; standard error unless a test looks on. */
export type LogSink = (line: string) => void;

/** A log. */
export class Log {
  readonly #format: LogFormat;
  readonly #most: number;
  readonly #sink: LogSink;

  constructor(level: LogLevel, format: LogFormat, sink: LogSink = writeToStandardError) {
    this.#format = format;
    this.#most = logLevels.indexOf(level);
    this.#sink = sink;
  }

  /** Whether lines of a level are written: what nobody reads need not be made. */
  shows(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= this.#most;
  }

  /** Something is broken and stays so. */
  error(event: string, message: string, fields?: LogFields): void {
    this.#write("error", event, message, fields);
  }

  /** Something that somebody should look at. */
  warning(event: string, message: string, fields?: LogFields): void {
    this.#write("warning", event, message, fields);
  }

  /** What happens now and then. */
  info(event: string, message: string, fields?: LogFields): void {
    this.#write("info", event, message, fields);
  }

  /** What happens with every datagram. */
  debug(event: string, message: string, fields?: LogFields): void {
    this.#write("debug", event, message, fields);
  }

  #write(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    if (!this.shows(level)) return;
    const time = new Date();
    if (this.#format === "json")
      this.#sink(JSON.stringify({ time: time.toISOString(), level, event, message, ...fields }));
    else this.#sink(`${plainTime(time)} ${level === "info" || level === "debug" ? "" : `${level}: `}${message}`);
  }
}

/** Local time, as people read it; a service manager adds its own. */
function plainTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** A log that can't be written must not stop a server: a full disk or a closed pipe loses lines, nothing else. */
function writeToStandardError(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPIPE" && code !== "EAGAIN" && code !== "ENOSPC" && code !== "EIO") throw error;
  }
}
