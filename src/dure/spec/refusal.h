// Why a text was refused, for whoever knows its place: "found 9-5; write the smaller index first".
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace dure::spec {

struct Refusal {
  std::string found;
  std::string remedy;
};

template <class T>
using Readable = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(std::string found, std::string remedy) {
  return tl::unexpected<Refusal>(Refusal{std::move(found), std::move(remedy)});
}

}  // namespace dure::spec
