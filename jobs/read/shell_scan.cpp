// One walk over shell text with a stack of what is open.
#include "jobs/read/shell_scan.h"

#include <algorithm>
#include <array>
#include <deque>

namespace rota::jobs {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 7> kShells{"sh", "bash", "dash", "ash", "ksh", "zsh", "su"};
/// Words after which the next one is still a command.
constexpr std::array<std::string_view, 9> kKeywords{"if", "then", "else", "elif", "do", "while", "until", "!", "{"};
constexpr std::array<std::string_view, 9> kPrefixes{"command", "builtin", "exec", "env",  "sudo",
                                                    "nohup",   "nice",    "time", "xargs"};
/// Programs that take a text to run with -c, -e or -r.
constexpr std::array<std::string_view, 6> kInterpreters{"python", "python3", "perl", "ruby", "node", "php"};
/// What reads its arguments as shell text, as arithmetic, or as names with subscripts, which may hold text.
constexpr std::array<std::string_view, 10> kReaders{"eval", "let",     "trap",      "alias",   "unset",
                                                    "read", "mapfile", "readarray", "getopts", "ssh"};
constexpr std::array<std::string_view, 5> kDeclarers{"declare", "typeset", "local", "export", "readonly"};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

std::string_view base_name(std::string_view word) {
  return word.substr(word.rfind('/') == word.npos ? 0 : word.rfind('/') + 1);
}

std::size_t name_length(std::string_view word) {
  std::size_t n = 0;
  while (n < word.size() && is_name_char(word[n]) && (n || is_letter(word[0]))) ++n;
  return n;
}
bool is_assignment(std::string_view word) {
  const auto n = name_length(word);
  const auto rest = word.substr(n);
  return n > 0 && (rest.starts_with("=") || rest.starts_with("+="));
}
/// "a[" and the like, not closed: a subscript, which bash computes. `in_list`: also without the name, as in a=([i]=x).
bool opens_subscript(std::string_view word, bool in_list) {
  const auto n = name_length(word);
  return (n > 0 || in_list) && n < word.size() && word[n] == '[' && word.find(']') == word.npos;
}

enum class Open : unsigned char {
  script,
  parentheses,
  substitution,
  quotes,
  arithmetic,
  old_arithmetic,
  braces,
  backticks,
  test
};

struct Frame {
  Open open = Open::script;
  std::size_t nested = 0;  // arithmetic: parentheses
  std::size_t cases = 0;   // commands: `case` without its `esac`, whose patterns end with ')'
  // Of the command that is under way.
  bool at_command = true;
  bool in_word = false;
  std::string word, before, command;
  std::string_view text_flags;  // of a shell or interpreter that it calls: a text to run follows one of them
  bool text_follows = false;
  std::string risk;
  bool takes_commands() const {
    return open == Open::script || open == Open::parentheses || open == Open::substitution || open == Open::test;
  }
};

class Scan {
 public:
  Scan(std::string_view s, bool bash, std::vector<Hole>& holes) : s_(s), bash_(bash), holes_(holes) {}

  void run() {
    stack_.emplace_back();
    while (at_ < s_.size()) {
      if (next_ < holes_.size() && holes_[next_].begin == at_) {
        hole();
      } else {
        step();
      }
    }
    end_word();
    if (stack_.size() == 1) return;
    for (auto& h : holes_) {  // either the script is broken or it was not understood
      if (h.refusal.empty()) h.refusal = "in a script whose quotes or parentheses do not end";
    }
  }

 private:
  Frame& top() { return stack_.back(); }
  void push(Open open) { stack_.emplace_back().open = open; }
  void pop() {
    if (stack_.size() > 1) stack_.pop_back();
  }
  char peek(std::size_t ahead = 1) const { return at_ + ahead < s_.size() ? s_[at_ + ahead] : '\0'; }
  bool hole_at(std::size_t at) const { return next_ < holes_.size() && holes_[next_].begin == at; }

  void hole() {
    auto& h = holes_[next_++];
    h.in_double_quotes = top().open == Open::quotes;
    h.refusal = why_not();
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
      if (!frame->takes_commands()) continue;
      frame->in_word = true;
      frame->word += '\x01';  // no word that is known
      break;
    }
    at_ = h.end;
  }

  std::string why_not() const {
    if (unclear_) return "after a $'...' with \\' in it, which sh and bash read differently";
    if (special_ == at_) return "right behind a '$' or a backslash";
    bool first = true;
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
      if (auto reason = why_not(*frame, first); !reason.empty()) return reason;
      first = first && !frame->takes_commands();
    }
    return {};
  }
  /// `nearest`: the word under way is the one that it would be a part of.
  std::string why_not(const Frame& f, bool nearest) const {
    switch (f.open) {
      case Open::arithmetic: return "within (( )), where the shell computes what it finds";
      case Open::old_arithmetic: return "within $[ ], where the shell computes what it finds";
      case Open::braces: return "within ${ }, where quoting is another";
      case Open::backticks: return "within backticks, where quoting is another: $( ) does the same";
      case Open::test: return "within [[ ]], where bash computes some of what it finds: [ ] does not";
      case Open::quotes: return {};
      default: break;
    }
    if (!f.risk.empty()) return f.risk;
    if (!nearest) return {};
    if (opens_subscript(f.word, f.open == Open::parentheses))
      return "within [ ] behind a name, where bash computes what it finds";
    if (f.before == "-v" && (f.command == "test" || f.command == "[" || f.command == "printf"))
      return "behind -v, where bash reads a name with what is in it";
    const bool declares = is_one_of(kDeclarers, f.command);
    if (declares && !is_assignment(f.word)) return "as a name to declare, which bash reads with what is in it";
    if (integers_ && is_assignment(f.word)) return "assigned in a script with declare -i, where bash may compute it";
    return {};
  }

  void step() {
    const char c = s_[at_];
    switch (top().open) {
      case Open::quotes:
        if (c == '"') return pop(), void(++at_);
        if (c == '\\') return skip_escape();
        break;
      case Open::braces:
        if (c == '}') return pop(), void(++at_);
        if (c == '\\') return skip_escape();
        if (c == '"') return ++at_, push(Open::quotes);
        if (c == '\'' && stack_[stack_.size() - 2].open != Open::quotes) return single_quotes("within single quotes");
        break;
      case Open::arithmetic: return arithmetic(c);
      case Open::old_arithmetic:
        if (c == ']') return pop(), void(++at_);
        break;
      case Open::backticks:
        if (c == '\\') return skip_escape();
        if (c == '`') pop();
        return void(++at_);
      default: return command(c);
    }
    if (c == '`') return ++at_, push(Open::backticks);
    if (c == '$') return dollar();
    if (auto& around = stack_[stack_.size() - 2]; around.takes_commands()) around.word += c;
    ++at_;
  }

  void skip_escape() {
    special_ = at_ + 1;  // of a hole that begins here
    at_ += hole_at(at_ + 1) ? 1 : 2;
  }

  void arithmetic(char c) {
    if (c == '\\') return skip_escape();
    if (c == '$') return dollar();
    if (c == '`') return ++at_, push(Open::backticks);
    if (c == '(') ++top().nested;
    if (c == ')' && top().nested > 0) {
      --top().nested;
    } else if (c == ')' && peek() == ')') {
      pop();
      ++at_;
    } else if (c == ')') {  // it was "$( (...) ...)" after all
      top().open = Open::parentheses;
    }
    ++at_;
  }

  void dollar() {
    const bool quoted = top().open == Open::quotes;
    const auto rest = s_.substr(at_ + 1);
    special_ = at_ + 1;
    if (hole_at(at_ + 1)) return void(++at_);
    if (rest.starts_with("((")) return at_ += 3, push(Open::arithmetic);
    if (rest.starts_with("(")) return at_ += 2, push(Open::substitution);
    if (rest.starts_with("{")) return at_ += 2, push(Open::braces);
    if (rest.starts_with("[")) return at_ += 2, push(Open::old_arithmetic);
    if (rest.starts_with("'") && !quoted && top().takes_commands()) return ++at_, ansi_quotes();
    constexpr std::string_view special = "$#?!@*-0123456789";
    at_ += !rest.empty() && special.find(rest[0]) != special.npos ? 2 : 1;
  }

  /// Holes before `end` are refused; goes there.
  void refuse_until(std::size_t end, std::string_view why) {
    for (; next_ < holes_.size() && holes_[next_].begin < end; ++next_) {
      holes_[next_].refusal = why;
      end = std::max(end, holes_[next_].end);
    }
    at_ = std::min(end, s_.size());
  }

  void single_quotes(std::string_view why) {
    const auto end = s_.find('\'', at_ + 1);
    if (end == s_.npos) push(Open::backticks);  // never closed
    if (top().takes_commands() && end != s_.npos) top().word += s_.substr(at_ + 1, end - at_ - 1);
    refuse_until(end == s_.npos ? s_.size() : end + 1, why);
  }

  void ansi_quotes() {
    auto end = at_ + 1;
    while (end < s_.size() && s_[end] != '\'') {
      if (s_[end] == '\\' && end + 1 < s_.size() && s_[end + 1] == '\'') {
        unclear_ = unclear_ || !bash_;
        if (!bash_) break;
      }
      end += s_[end] == '\\' ? 2 : 1;
    }
    top().in_word = true;
    refuse_until(std::min(end + 1, s_.size()), "within $'...'");
  }

  void command(char c) {
    auto& f = top();
    switch (c) {
      case ' ':
      case '\t':
      case '\r': return end_word(), void(++at_);
      case '\n': return end_of_line();
      case '#':
        if (!f.in_word) return refuse_until(std::min(s_.find('\n', at_), s_.size()), "within a comment");
        break;
      case '\'': return f.in_word = true, single_quotes("within single quotes: use double quotes, or none");
      case '"': return f.in_word = true, ++at_, push(Open::quotes);
      case '`': return f.in_word = true, ++at_, push(Open::backticks);
      case '$': return f.in_word = true, dollar();
      case '\\': return escape();
      case ';':
      case '|':
      case '&': return separator(c);
      case '(': return open_parenthesis();
      case ')': return close_parenthesis();
      case '<':
      case '>': return redirection(c);
      default: break;
    }
    f.in_word = true;
    f.word += c;
    ++at_;
  }

  void escape() {
    if (peek() != '\n' && !hole_at(at_ + 1)) {
      top().in_word = true;
      if (at_ + 1 < s_.size()) top().word += peek();
    }
    skip_escape();
  }

  void separator(char c) {
    const bool of_redirection = c == '&' && at_ > 0 && (s_[at_ - 1] == '>' || s_[at_ - 1] == '<');
    end_word();
    if (!of_redirection) new_command();
    ++at_;
  }

  void new_command() {
    auto& f = top();
    if (f.open == Open::test) return;  // && and || within
    f.at_command = true;
    f.text_flags = {};
    f.text_follows = false;
    f.risk.clear();
    f.command.clear();
    f.before.clear();
  }

  void end_of_line() {
    end_word();
    new_command();
    ++at_;
    for (const auto& wanted : documents_) document(wanted);
    documents_.clear();
  }

  void open_parenthesis() {
    const bool in_word = top().in_word;
    if (top().open == Open::test) return end_word(), void(++at_);
    end_word();
    if (!in_word && peek() == '(') return at_ += 2, push(Open::arithmetic);
    ++at_;
    push(Open::parentheses);
  }

  void close_parenthesis() {
    end_word();
    ++at_;
    if (top().open == Open::test) return;
    if (top().cases > 0) return new_command();  // of a pattern
    if (top().open == Open::script) return;
    pop();
    if (!top().takes_commands() || top().in_word) return;
    new_command();
  }

  void redirection(char c) {
    const auto rest = s_.substr(at_);
    end_word();
    if (c != '<' || !rest.starts_with("<<")) return void(++at_);
    if (rest.starts_with("<<<")) return void(at_ += 3);
    const bool strips = rest.starts_with("<<-");
    at_ += strips ? 3 : 2;
    while (at_ < s_.size() && is_blank(s_[at_])) ++at_;
    std::string mark;
    char quote = '\0';
    constexpr std::string_view ends = " \t\r\n;&|<>()";
    const auto begin = at_;
    auto end = begin;
    for (; end < s_.size() && (quote != '\0' || ends.find(s_[end]) == ends.npos); ++end) {
      const char d = s_[end];
      if (quote != '\0' ? d == quote : d == '\'' || d == '"') {
        quote = quote != '\0' ? '\0' : d;
      } else if (d == '\\' && quote != '\'' && end + 1 < s_.size()) {
        mark += s_[++end];
      } else {
        mark += d;
      }
    }
    refuse_until(end, "as the mark of a here-document");
    documents_.push_back({std::move(mark), strips});
  }

  struct Document {
    std::string mark;
    bool strips_tabs = false;
  };
  void document(const Document& wanted) {
    auto at = at_;
    while (at < s_.size()) {
      const auto end = std::min(s_.find('\n', at), s_.size());
      auto line = s_.substr(at, end - at);
      while (wanted.strips_tabs && line.starts_with("\t")) line.remove_prefix(1);
      at = std::min(end + 1, s_.size());
      if (line == wanted.mark) break;
    }
    refuse_until(at, "within a here-document");
  }

  void end_word() {
    auto& f = top();
    if (!f.takes_commands() || !f.in_word) return;
    f.in_word = false;
    const std::string word = std::move(f.word);
    f.word.clear();
    if (f.open == Open::test) {
      if (word == "]]") pop();
      return;
    }
    if (f.at_command) {
      command_word(f, word);
    } else {
      argument(f, word);
    }
    if (&top() == &f) f.before = word;
  }

  void command_word(Frame& f, const std::string& word) {
    if (is_one_of(kKeywords, word) || is_assignment(word)) return;
    if (is_one_of(kPrefixes, word) || (is_one_of(kPrefixes, f.before) && word.starts_with("-"))) return;
    f.at_command = false;
    f.command = base_name(word);
    if (word == "case") ++f.cases;
    if (word == "esac" && f.cases > 0) --f.cases;
    if (is_one_of(kReaders, word)) f.risk = "as an argument of '" + word + "', which reads it as more than data";
    note_program(f, f.command);
    if (word == "[[") push(Open::test);
  }

  static void note_program(Frame& f, std::string_view name) {
    if (is_one_of(kShells, name)) f.text_flags = "c";
    if (is_one_of(kInterpreters, name)) f.text_flags = "cer";
  }

  void argument(Frame& f, const std::string& word) {
    note_program(f, base_name(word));
    if (word.size() < 2 || word[0] != '-') {
      if (f.text_follows) f.text_follows = false, f.risk.clear();
      return;
    }
    if (word.find_first_of(f.text_flags) != word.npos && word[1] != '-') {
      f.text_follows = true;
      f.risk = "in the text that another program is given to run: pass it behind that text, as an argument";
    }
    if (is_one_of(kDeclarers, f.command) && word.find('i') != word.npos) {
      integers_ = true;
      f.risk = "in a declaration of integers, where bash computes it";
    }
  }

  std::string_view s_;
  const bool bash_;
  std::vector<Hole>& holes_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
  std::size_t special_ = std::string_view::npos;  // what begins here is behind a '$' or a backslash
  bool unclear_ = false;
  bool integers_ = false;
  std::deque<Frame> stack_;  // a frame stays where it is while others come and go
  std::vector<Document> documents_;
};

}  // namespace

void scan_shell(std::string_view text, bool bash, std::vector<Hole>& holes) { Scan(text, bash, holes).run(); }

ShellKind shell_kind(const std::vector<std::string>& shell) {
  if (shell.empty()) return {};
  auto name = base_name(shell[0]);
  if ((name == "env" || name == "busybox") && shell.size() > 1) name = base_name(shell[1]);
  const bool bash = name == "bash";
  return {bash || name == "sh" || name == "dash" || name == "ash", bash};
}

}  // namespace rota::jobs
