#include "dure/cli/answer.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "dure/spec/text_check.h"

namespace dure::cli {

Result<Answer> Answer::parse(std::string_view json) {
  boost::system::error_code error;
  auto value = boost::json::parse({json.data(), json.size()}, error);
  if (error) return fail(Code::failed, "the server's answer is no JSON; is another program at that address?");
  Answer answer;
  answer.root_ = std::make_shared<const boost::json::value>(std::move(value));
  answer.value_ = answer.root_.get();
  return answer;
}

Answer Answer::operator[](std::string_view key) const {
  Answer member;
  if (value_ == nullptr || !value_->is_object()) return member;
  member.root_ = root_;
  member.value_ = value_->get_object().if_contains({key.data(), key.size()});
  return member;
}

std::vector<Answer> Answer::items() const {
  std::vector<Answer> items;
  if (value_ == nullptr || !value_->is_array()) return items;
  for (const auto& each : value_->get_array()) {
    Answer item;
    item.root_ = root_;
    item.value_ = &each;
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Answer::Member> Answer::members() const {
  std::vector<Member> members;
  if (value_ == nullptr || !value_->is_object()) return members;
  for (const auto& each : value_->get_object()) {
    members.push_back({std::string(each.key()), (*this)[each.key()]});
  }
  return members;
}

bool Answer::exists() const { return value_ != nullptr && !value_->is_null(); }

std::string Answer::text() const {
  if (value_ == nullptr || !value_->is_string()) return "";
  return {value_->get_string().data(), value_->get_string().size()};
}

std::int64_t Answer::integer() const { return static_cast<std::int64_t>(number()); }

double Answer::number() const {
  if (value_ == nullptr || !value_->is_number()) return 0;
  const double number = value_->to_number<double>();
  return std::abs(number) < 9e15 ? number : 0;  // integers are exact up to there
}

bool Answer::is_true() const { return value_ != nullptr && value_->is_bool() && value_->get_bool(); }

std::optional<Time> Answer::time() const {
  std::string written = text();
  // Fractions of a second are not for people.
  if (const std::size_t point = written.find('.'); point != std::string::npos) {
    written.erase(point, written.find_first_not_of("0123456789", point + 1) - point);
  }
  const auto time = parse_time(written);
  return time ? std::optional(*time) : std::nullopt;
}

std::string Answer::amount() const {
  if (value_ == nullptr || !value_->is_number()) return "";
  return fmt::format("{:.10g}", std::round(number() * 1000) / 1000);
}

std::string Answer::joined() const {
  std::string text;
  for (const Answer& item : items()) {
    if (!text.empty()) text += ", ";
    const std::string written = item.text();
    text += written.empty() ? item.amount() : written;
  }
  return text;
}

std::string json_text(std::string_view text) {
  std::string valid;  // JSON is UTF-8
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t bytes = spec::front_character(rest).bytes;
    valid += bytes > 0 ? rest.substr(0, bytes) : "\uFFFD";
    rest.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return boost::json::serialize(boost::json::string_view(valid.data(), valid.size()));
}

}  // namespace dure::cli
