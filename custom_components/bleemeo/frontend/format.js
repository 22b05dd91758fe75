/** Numbers, times and durations as the user reads them. Each formatter is made once. */

import { DAY, HOUR, MINUTE, SECOND } from "./const.js";

const NUMBER_LOCALES = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  none: "en-US",
  system: undefined,
};
const UNITS = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", SECOND],
];
const MORNING_HOUR = 7;
const QUARTER = 15 * MINUTE;

const known = new Map();

/** Return the formats of the user's language and settings. */
export function formats(hass) {
  const { language, number_format, time_format, time_zone } = hass.locale;
  const zone = time_zone === "server" ? hass.config.time_zone : undefined;
  const key = [language, number_format, time_format, zone].join();
  if (!known.has(key)) {
    known.set(key, new Formats(language, number_format, time_format, zone));
  }
  return known.get(key);
}

/** Return whether a day has two times twelve hours, for this choice of the user. */
function twelveHours(timeFormat, language) {
  if (timeFormat === "12" || timeFormat === "24") {
    return timeFormat === "12";
  }
  const locale = timeFormat === "system" ? undefined : language;
  return new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions().hour12 === true;
}

class Formats {
  constructor(language, numberFormat, timeFormat, timeZone) {
    this.language = language;
    const numbers = numberFormat in NUMBER_LOCALES ? NUMBER_LOCALES[numberFormat] : language;
    const useGrouping = numberFormat !== "none";
    const number = (options) => new Intl.NumberFormat(numbers, { useGrouping, ...options });
    const hour12 = twelveHours(timeFormat, language);
    const date = (options) => new Intl.DateTimeFormat(language, { timeZone, ...options });
    const clock = { hour: "numeric", minute: "2-digit", hourCycle: hour12 ? "h12" : "h23" };
    this._number = number({ maximumFractionDigits: 2 });
    this._percent = number({ style: "percent", maximumFractionDigits: 1 });
    this._time = date(clock);
    this._weekday = date({ weekday: "short" });
    this._longWeekday = date({ weekday: "long" });
    this._date = date({ day: "numeric", month: "short" });
    this._full = date({ weekday: "short", day: "numeric", month: "short", ...clock });
    this._hour = new Intl.DateTimeFormat("en", { timeZone, hour: "numeric", hourCycle: "h23" });
    this._day = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    this._ago = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" });
    this._near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    this._list = new Intl.ListFormat(language, { type: "conjunction" });
    this._collator = new Intl.Collator(language, { numeric: true });
    this._units = new Map();
    for (const [unit] of UNITS) {
      const options = { style: "unit", unit, unitDisplay: "short" };
      // a unit is a word of the language, whatever the numbers look like
      this._units.set(unit, new Intl.NumberFormat(language, options));
    }
    this.compare = this._collator.compare;
    this.hasTwelve = hour12;
    // a day's name costs some work, and rows ask for the same few again and again
    this._days = new Map();
  }

  number(value) {
    return this._number.format(value);
  }

  /** Return a share as a percentage; what is not whole is never shown as whole. */
  percent(share) {
    return this._percent.format(share < 1 ? Math.min(share, 0.999) : share);
  }

  list(words) {
    return this._list.format(words);
  }

  unit(count, unit) {
    return this._units.get(unit).format(count);
  }

  /** Return how long some days are; one is a day and a night, so in hours. */
  days(count) {
    return count === 1 ? this.unit(24, "hour") : this.unit(count, "day");
  }

  /** Return a duration in its largest unit, and in the next one while that matters. */
  duration(milliseconds) {
    const length = Math.max(0, milliseconds);
    const index = UNITS.findIndex(([, size]) => length >= size);
    const [unit, size] = index < 0 ? UNITS[UNITS.length - 1] : UNITS[index];
    const count = Math.floor(length / size);
    const [nextUnit, nextSize] = UNITS[index + 1] || [];
    const rest = nextSize ? Math.floor((length - count * size) / nextSize) : 0;
    const words = this.unit(count, unit);
    return rest && size >= HOUR && count < 10 ? `${words} ${this.unit(rest, nextUnit)}` : words;
  }

  ago(milliseconds) {
    const length = Math.max(0, milliseconds);
    const [unit, size] = UNITS.find(([, each]) => length >= each) || UNITS[UNITS.length - 1];
    return this._ago.format(-Math.floor(length / size), unit);
  }

  time(at) {
    return this._time.format(at);
  }

  full(at) {
    return this._full.format(at);
  }

  weekday(at) {
    return this._weekday.format(at);
  }

  /** Return the day of a time in the user's time zone, such as 2026-11-26. */
  day(at) {
    const quarter = Math.floor(at / QUARTER);
    let day = this._days.get(quarter);
    if (!day) {
      if (this._days.size > 5000) {
        this._days.clear();
      }
      day = this._day.format(quarter * QUARTER);
      this._days.set(quarter, day);
    }
    return day;
  }

  /** Return when the day of a time began, in the user's time zone. */
  midnight(at) {
    const day = this.day(at);
    let quarter = Math.floor(at / QUARTER);
    while (this.day((quarter - 1) * QUARTER) === day) {
      quarter -= 1;
    }
    return quarter * QUARTER;
  }

  /** Return the name of a day: today, yesterday, or its weekday or date. */
  dayName(at, now) {
    const days = Math.round((Date.parse(this.day(now)) - Date.parse(this.day(at))) / DAY);
    if (Math.abs(days) < 2) {
      return this._near.format(-days, "day");
    }
    return days > 0 && days < 7 ? this._longWeekday.format(at) : this._date.format(at);
  }

  /** Return a time with its day, unless that is today. */
  when(at, now) {
    return this.day(at) === this.day(now)
      ? this.time(at)
      : `${this.dayName(at, now)} ${this.time(at)}`;
  }

  /** Return the next time at which people get up. */
  morning(now) {
    let at = Math.ceil((now + 1) / QUARTER) * QUARTER;
    while (+this._hour.format(at) !== MORNING_HOUR) {
      at += QUARTER;
    }
    return at;
  }
}
