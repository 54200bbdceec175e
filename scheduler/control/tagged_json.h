// A variant as a JSON object whose first member says which case it is: {"ask":"kill", ...}.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "scheduler/control/json_reader.h"
#include "scheduler/control/json_writer.h"
#include "shared/limits.h"

namespace rota::control {

template <class Variant>
using CaseWords = std::array<std::string_view, std::variant_size_v<Variant>>;

template <class Variant>
std::string tagged_json(const Variant& x, std::string_view tag, const CaseWords<Variant>& words) {
  std::string out;
  std::visit([&](const auto& one) { JsonWriter(out).object(one, tag, words[x.index()]); }, x);
  return out;
}

template <class Variant, std::size_t... I>
Result<Variant> read_case(JsonNode node, std::size_t index, std::index_sequence<I...>) {
  Variant out;
  JsonReader reader;
  bool good = false;
  ((I == index ? (good = reader.object(node, out.template emplace<I>()), void()) : void()), ...);
  if (!good) return reader.error();
  return out;
}

template <class Variant>
Result<Variant> from_tagged_json(std::string_view text, const std::string& tag, const CaseWords<Variant>& words) {
  if (text.size() > limits::kControlMessageBytes) return fail(Code::invalid, "the message is too long");
  const auto tree = JsonTree::parse(text);
  if (!tree) return tree.error();
  const auto member = tree->root().member(tag);
  const auto word = member ? member->text() : std::nullopt;
  if (!word) return fail(Code::invalid, "the message has no '" + tag + "'");
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == *word)
      return read_case<Variant>(tree->root(), i, std::make_index_sequence<std::variant_size_v<Variant>>{});
  }
  return fail(Code::invalid, "'" + tag + "' is none that is known here");
}

}  // namespace rota::control
