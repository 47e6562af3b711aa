// A certificate for who has none yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/http/certificate.h"

namespace dure::http {

// Writes a new key (EC P-256, mode 0600) and a certificate signed by it, for ten years from the day before
// `now` on. `names` are host names and addresses; those that can be neither are left out, and one must be left.
Result<void> write_self_signed(const CertificateFiles& files, const std::vector<std::string>& names, Time now);

// How clients may call a server of this machine that listens on `address`: the address, or all of them for `0.0.0.0`
// and
// `::`; localhost; the host's name.
std::vector<std::string> names_of_this_machine(std::string_view address);

}  // namespace dure::http
