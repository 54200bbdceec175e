// Reading cron expressions and finding the moments that fit. Days are counted with the civil-date arithmetic of the
// date library, which the standard has taken over.
#include "jobs/calendar/cron.h"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct FieldRules {
  std::string_view name;
  unsigned least, most;
  std::span<const std::string_view> words;  // of least, least + 1, ...
};
const std::array<FieldRules, 6> kFields{{{"second", 0, 59, {}},
                                         {"minute", 0, 59, {}},
                                         {"hour", 0, 23, {}},
                                         {"day of the month", 1, 31, {}},
                                         {"month", 1, 12, kMonths},
                                         {"weekday", 0, 7, kWeekdays}}};

struct Word {
  std::string_view word, means;
};
constexpr std::array<Word, 8> kWords{{{"@yearly", "0 0 1 1 *"},
                                      {"@annually", "0 0 1 1 *"},
                                      {"@monthly", "0 0 1 * *"},
                                      {"@weekly", "0 0 * * 0"},
                                      {"@daily", "0 0 * * *"},
                                      {"@midnight", "0 0 * * *"},
                                      {"@hourly", "0 * * * *"},
                                      {"@every_minute", "* * * * *"}}};

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x >= 'a' && x <= 'z' ? x - 'a' + 'A' : x) == (y >= 'a' && y <= 'z' ? y - 'a' + 'A' : y);
         });
}

/// One field: items between commas, each `*`, a value or a range, and perhaps a step.
class FieldReader {
 public:
  FieldReader(const FieldRules& rules, std::string_view text, std::size_t offset, CronFault& fault)
      : rules_(rules), text_(text), offset_(offset), fault_(fault) {}

  std::optional<std::uint64_t> read() {
    std::uint64_t bits = 0;
    for (std::size_t from = 0;;) {
      const std::size_t comma = std::min(text_.find(',', from), text_.size());
      if (!item(from, comma, bits)) return std::nullopt;
      if (comma == text_.size()) return bits;
      from = comma + 1;
    }
  }

 private:
  bool item(std::size_t from, std::size_t to, std::uint64_t& bits) {
    const std::size_t slash = std::min(text_.find('/', from), to);
    const bool stepped = slash < to;
    unsigned step = 1, first = rules_.least, last = rules_.most;
    if (stepped && !number(slash + 1, to, step)) return no(slash + 1, to, "a step such as */5");
    if (stepped && step == 0) return no(slash + 1, to, "a step of at least 1");
    const std::string_view what = text_.substr(from, slash - from);
    if (what == "*") {
      if (rules_.most == 7) last = 6;
    } else {
      const std::size_t dash = std::min(text_.find('-', from + 1), slash);
      if (!value(from, dash, first)) return false;
      last = dash < slash || !stepped ? first : rules_.most;
      if (dash < slash && !value(dash + 1, slash, last)) return false;
      if (last < first) return no(from, slash, "a range that goes up");
    }
    for (unsigned v = first; v <= last; v += step) bits |= std::uint64_t{1} << v;
    return true;
  }

  bool value(std::size_t from, std::size_t to, unsigned& out) {
    const std::string_view text = text_.substr(from, to - from);
    for (std::size_t i = 0; i < rules_.words.size(); ++i) {
      if (!same_word(text, rules_.words[i])) continue;
      out = rules_.least + static_cast<unsigned>(i);
      return true;
    }
    if (number(from, to, out) && out >= rules_.least && out <= rules_.most) return true;
    return no(from, to, fmt::format("{} to {}{}", rules_.least, rules_.most,
                                    rules_.words.empty() ? "" : fmt::format(" or a name such as {}", rules_.words[0])));
  }

  bool number(std::size_t from, std::size_t to, unsigned& out) const {
    const char* end = text_.data() + to;
    const auto read = std::from_chars(text_.data() + from, end, out);
    return from < to && read.ec == std::errc() && read.ptr == end;
  }

  bool no(std::size_t from, std::size_t to, std::string_view expected) {
    const std::string_view got = text_.substr(from, to - from);
    fault_.offset = offset_ + from;
    fault_.message = got.empty() ? fmt::format("the {} takes {}, nothing stands here", rules_.name, expected)
                                 : fmt::format("the {} takes {}, got '{}'", rules_.name, expected, got);
    return false;
  }

  const FieldRules& rules_;
  std::string_view text_;
  std::size_t offset_;
  CronFault& fault_;
};

struct Piece {
  std::string_view text;
  std::size_t offset;
};
std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = text.find_first_not_of(" \t", at);
    if (from == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t", from), text.size());
    out.push_back({text.substr(from, at - from), from});
  }
  return out;
}

bool is_every(std::string_view field) { return field == "*" || field.starts_with("*/"); }

/// Whether some month of the expression has some day of it: 29 February counts.
bool has_a_day(const Cron& c) {
  if (c.any_day || !c.any_weekday) return true;
  static constexpr std::array<unsigned, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned m = 1; m <= 12; ++m)
    if ((c.months >> m & 1) && (c.days & ((std::uint64_t{2} << kLongest[m]) - 2))) return true;
  return false;
}

std::optional<Cron> parse_fields(std::string_view text, CronFault& fault) {
  const auto pieces = pieces_of(text);
  if (pieces.size() != 5 && pieces.size() != 6) {
    fault = {0, fmt::format("cron takes 5 fields (minute hour day month weekday) or 6 (second first), got {}",
                            pieces.size()), "for example \"30 2 * * *\": at 02:30 every day"};
    return std::nullopt;
  }
  const bool with_seconds = pieces.size() == 6;
  std::array<std::uint64_t, 6> bits{1};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t field = i + (with_seconds ? 0 : 1);
    const auto read = FieldReader(kFields[field], pieces[i].text, pieces[i].offset, fault).read();
    if (!read) return std::nullopt;
    bits[field] = *read;
  }
  const auto field = [&](std::size_t i) { return pieces[i - (with_seconds ? 0 : 1)]; };
  Cron c;
  c.seconds = bits[0];
  c.minutes = bits[1];
  c.hours = static_cast<std::uint32_t>(bits[2]);
  c.days = static_cast<std::uint32_t>(bits[3]);
  c.months = static_cast<std::uint16_t>(bits[4]);
  c.weekdays = static_cast<std::uint8_t>((bits[5] | bits[5] >> 7) & 0x7f);
  c.any_day = is_every(field(3).text);
  c.any_weekday = is_every(field(5).text);
  c.every_hour = is_every(field(2).text);
  if (!has_a_day(c)) {
    fault = {field(3).offset, "no month of it has such a day: it would never run", {}};
    return std::nullopt;
  }
  return c;
}

bool fits_day(const Cron& c, date::local_days day) {
  const date::year_month_day ymd{day};
  if (!(c.months >> static_cast<unsigned>(ymd.month()) & 1)) return false;
  const bool day_fits = c.days >> static_cast<unsigned>(ymd.day()) & 1;
  const bool weekday_fits = c.weekdays >> date::weekday{day}.c_encoding() & 1;
  if (c.any_day || c.any_weekday) return day_fits && weekday_fits;
  return day_fits || weekday_fits;
}

/// The lowest set bit at or above `from`; 64: none.
unsigned next_bit(std::uint64_t bits, unsigned from) {
  return from > 63 || !(bits >> from) ? 64 : from + static_cast<unsigned>(__builtin_ctzll(bits >> from));
}

/// The first second of the day, from `from` on, that fits; none: no more today.
std::optional<unsigned> next_in_day(const Cron& c, unsigned from) {
  unsigned hour = from / 3600, minute = from / 60 % 60, second = from % 60;
  for (unsigned h = next_bit(c.hours, hour); h < 24; h = next_bit(c.hours, h + 1)) {
    if (h != hour) minute = second = 0;
    for (unsigned m = next_bit(c.minutes, minute); m < 60; m = next_bit(c.minutes, m + 1)) {
      const unsigned s = next_bit(c.seconds, h == hour && m == minute ? second : 0);
      if (s < 60) return h * 3600 + m * 60 + s;
    }
    hour = 24;  // the later ones begin at their first minute
    minute = second = 0;
  }
  return std::nullopt;
}

constexpr std::int64_t kDay = 86'400;
constexpr int kDaysAhead = 8 * 366;

std::int64_t day_of(LocalSeconds at) { return at >= 0 ? at / kDay : -((-at + kDay - 1) / kDay); }

}  // namespace

std::optional<Cron> parse_cron(std::string_view text, CronFault& fault) {
  if (!text.starts_with('@')) return parse_fields(text, fault);
  std::vector<std::string_view> known;
  for (const auto& w : kWords) {
    if (same_word(text, w.word)) return parse_fields(w.means, fault);
    known.push_back(w.word);
  }
  const auto near = text::nearest(text, known);
  fault = {0, fmt::format("'{}' is no word of cron: @hourly, @daily, @weekly, @monthly and @yearly are", text),
           near.empty() ? "" : fmt::format("did you mean '{}'?", near)};
  return std::nullopt;
}

std::optional<LocalSeconds> next_match(const Cron& cron, LocalSeconds from) {
  std::int64_t day = day_of(from);
  auto second = static_cast<unsigned>(from - day * kDay);
  for (int i = 0; i < kDaysAhead; ++i, ++day, second = 0) {
    if (!fits_day(cron, date::local_days{date::days{day}})) continue;
    if (const auto found = next_in_day(cron, second)) return day * kDay + *found;
  }
  return std::nullopt;
}

bool matches(const Cron& cron, LocalSeconds at) {
  const auto next = next_match(cron, at);
  return next && *next == at;
}

}  // namespace rota::jobs
