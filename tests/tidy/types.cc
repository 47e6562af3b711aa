#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules.h"

namespace dure::tidy {
namespace {

struct Token {
  std::string_view text;
  std::size_t position = 0;
};

// Identifiers, `::` as a part of them, and single characters.
std::vector<Token> tokens_of(std::string_view code) {
  std::vector<Token> tokens;
  const auto in_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; };
  for (std::size_t at = 0; at < code.size();) {
    if (std::isspace(static_cast<unsigned char>(code[at])) != 0) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    const bool is_name = in_name(code[at]) && code[at] != ':';
    while (is_name && end < code.size() && in_name(code[end])) ++end;
    // The colon before a base class stands alone.
    while (is_name && code[end - 1] == ':') --end;
    tokens.push_back({code.substr(at, end - at), at});
    at = end;
  }
  return tokens;
}

bool is_word(const Token& token) {
  return std::isalpha(static_cast<unsigned char>(token.text.front())) != 0 || token.text.front() == '_';
}

struct Type {
  std::string name;  // with its namespaces
  int line = 0;
};

// The name that the words from `struct`, `class` or `enum` on define; nullopt if they only declare or use it.
std::optional<std::string_view> defined_by(const std::vector<Token>& tokens, std::size_t at) {
  std::string_view name;
  for (++at; at < tokens.size() && is_word(tokens[at]); ++at) {
    if (tokens[at].text != "class" && tokens[at].text != "final") name = tokens[at].text;
  }
  const bool has_body = at < tokens.size() && (tokens[at].text == "{" || tokens[at].text == ":");
  return has_body && !name.empty() ? std::optional(name) : std::nullopt;
}

// The types that a header defines in namespaces; not those inside other types and functions.
std::vector<Type> types_in(std::string_view code) {
  std::vector<Type> types;
  std::vector<std::optional<std::string>> scopes;  // the namespaces that are open, or nullopt for other braces
  std::size_t others = 0;
  const std::vector<Token> tokens = tokens_of(code);
  std::optional<std::string> opening;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view text = tokens[i].text;
    const std::string_view before = i > 0 ? tokens[i - 1].text : std::string_view();
    if (text == "namespace" && before != "using" && i + 1 < tokens.size()) {
      opening = is_word(tokens[i + 1]) ? std::string(tokens[i + 1].text) + "::" : "";
    } else if (text == "{") {
      if (!opening) ++others;
      scopes.push_back(std::move(opening));
      opening.reset();
    } else if (text == "}" && !scopes.empty()) {
      if (!scopes.back()) --others;
      scopes.pop_back();
    } else if (others == 0 && (text == "struct" || (text == "class" && before != "enum") || text == "enum")) {
      const auto name = defined_by(tokens, i);
      if (!name) continue;
      std::string full;
      for (const auto& scope : scopes) full += scope.value_or("");
      types.push_back({full + std::string(*name), line_at(code, tokens[i].position)});
    }
  }
  return types;
}

}  // namespace

// A second type of that name is no error of any compiler as long as no file includes both headers, and then one of the
// program's halves may read the other's bytes.
Findings types_have_one_header(const Tree& tree) {
  Findings findings;
  std::map<std::string, std::string> homes;
  for (const File& file : tree) {
    if (!file.ends_with(".h")) continue;
    for (const Type& type : types_in(code_of(file.text))) {
      const auto [home, is_new] = homes.try_emplace(type.name, file.path);
      if (is_new || home->second == file.path) continue;
      findings.push_back({file.path, type.line,
                          "defines " + type.name + ", as " + home->second + " does; give one of them another name"});
    }
  }
  return findings;
}

}  // namespace dure::tidy
