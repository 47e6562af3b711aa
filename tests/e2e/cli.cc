#include "cli.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fstream>

namespace dure::e2e {

Ran Cli::run(std::vector<std::string> words) const {
  words.insert(words.begin(), DURE_PROGRAM);
  return e2e::run(words, server_.environment(), folder_);
}

boost::json::value Cli::json(std::vector<std::string> words) const {
  words.insert(words.begin() + 1, "--json");
  const Ran ran = run(words);
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(ran.output.substr(0, ran.output.find('\n')), error);
  if (ran.code == 0 && !error) return value;
  ADD_FAILURE() << words[0] << " ended with " << ran.code << ": " << ran.output << ran.errors;
  return nullptr;
}

std::string Cli::submit(std::vector<std::string> words) const {
  words.insert(words.begin(), "submit");
  const boost::json::value answer = json(std::move(words));
  if (answer.is_null()) return "0";
  return std::to_string(answer.at("jobs").at(0).at("id").to_number<std::uint64_t>());
}

void Cli::write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

}  // namespace dure::e2e
