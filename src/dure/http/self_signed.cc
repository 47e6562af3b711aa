#include "dure/http/self_signed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "dure/base/assert.h"

namespace dure::http {
namespace {

template <auto function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Signed = std::unique_ptr<X509, FreeWith<X509_free>>;
using Memory = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

constexpr int valid_days = 3'650;

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool is_host_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), fits);
}

// As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    const bool is_digits = is_address(name);
    if (!is_digits && !is_host_name(name)) continue;
    text += (text.empty() ? "" : ",") + std::string(is_digits ? "IP:" : "DNS:") + name;
  }
  return text;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  DURE_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_random_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_new());
  DURE_ASSERT(number && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

Signed sign(EVP_PKEY* key, const std::string& alternative_names, Time now) {
  Signed made(X509_new());
  DURE_ASSERT(made != nullptr);
  X509* const certificate = made.get();
  X509_set_version(certificate, X509_VERSION_3);
  set_random_serial(certificate);
  std::time_t begin = static_cast<std::time_t>(now.ns / 1'000'000'000);
  X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &begin);
  X509_time_adj_ex(X509_getm_notAfter(certificate), valid_days, 0, &begin);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string text = "Dure, self-signed";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, NID_subject_alt_name, alternative_names);
  DURE_ASSERT(X509_sign(certificate, key, EVP_sha256()) > 0);
  return made;
}

std::string text_in(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Result<void> write_file(const std::string& path, const std::string& text, mode_t mode) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());  // whose mode may be another
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  bool is_written = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  is_written = is_written && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (is_written && ::rename(fresh.c_str(), path.c_str()) == 0) return {};
  return fail(Code::failed,
              fmt::format("{}: {}; make the folder writable, or name a certificate", path, std::strerror(errno)));
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    const auto& bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (!IN6_IS_ADDR_LINKLOCAL(&bytes)) inet_ntop(AF_INET6, &bytes, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

Result<void> write_self_signed(const CertificateFiles& files, const std::vector<std::string>& names, Time now) {
  const std::string alternative_names = alternatives(names);
  if (alternative_names.empty()) return fail(Code::invalid_argument, "a certificate needs a host name or an address");
  const Key key(EVP_EC_gen("P-256"));
  DURE_ASSERT(key != nullptr);
  const Signed certificate = sign(key.get(), alternative_names, now);
  const Memory key_text(BIO_new(BIO_s_mem()));
  const Memory certificate_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  // The key first: a certificate whose key was lost would be kept and be of no use.
  return write_file(files.key, text_in(key_text.get()), 0600).and_then([&] {
    return write_file(files.certificate, text_in(certificate_text.get()), 0644);
  });
}

std::vector<std::string> names_of_this_machine(std::string_view address) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  const auto add = [&](std::string name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) add(host.data());
  if (address != "0.0.0.0" && address != "::") {
    add(std::string(address));
    return names;
  }
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return names;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr != nullptr) add(text_of(each->ifa_addr));
  }
  ::freeifaddrs(all);
  return names;
}

}  // namespace dure::http
