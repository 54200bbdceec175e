// What the writers of JSON for people and scripts share, on Boost.JSON. Only for .cpp files of this room that include
// its header themselves.
#pragma once

#include <string>
#include <string_view>

#include "scheduler/core/view.h"
#include "shared/result.h"
#include "shared/value.h"

namespace boost::json {
class object;
class string;
class value;
}  // namespace boost::json

namespace rota::control {

inline constexpr std::string_view kSchema = "rota/1";

/// Names and messages are bytes of strangers; JSON is UTF-8: the rest becomes U+FFFD.
boost::json::string clean(std::string_view s);
boost::json::value text_or_null(std::string_view s);
std::string_view word_of(Code c);
/// As JSON has it; a number that JSON has not (NaN) is null.
boost::json::value json_of(const Value& v);

/// Values of jobs by their names; numbers stay numbers.
boost::json::object values_object(const ValueMap& values);

/// A value on one line. (Boost's own writes 5.0 as 5E0: right, and unkind to the eye.)
void print(std::string& out, const boost::json::value& v);
std::string printed(const boost::json::value& v);

/// {"code","message","hint"}
boost::json::object error_object(const Error& error, std::string_view hint);
/// What an attempt used; what is not known of its mode is null.
boost::json::object usage_object(const Usage& usage);
/// What the attempts of a job or a run used.
boost::json::object totals_object(const core::Totals& totals);
/// A run without its jobs.
boost::json::object run_object(const core::RunSummary& run);

}  // namespace rota::control
