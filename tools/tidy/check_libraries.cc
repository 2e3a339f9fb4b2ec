#include <algorithm>
#include <array>
#include <regex>
#include <set>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

// Which module alone may include what.
struct Owned {
    std::string_view prefix;
    std::string_view module;
};
constexpr std::array<Owned, 5> kOwned{{{"rocksdb/", "store"},
                                       {"openssl/ssl", "net"},
                                       {"sys/socket.h", "net"},
                                       {"sys/epoll.h", "net"},
                                       {"netinet/", "net"}}};

// Which Debian package a header comes from.
struct Library {
    std::string_view prefix;
    std::string_view package;
};
constexpr std::array<Library, 21> kLibraries{{{"CLI/", "libcli11-dev"},
                                              {"benchmark/", "libbenchmark-dev"},
                                              {"boost/", "libboost1.81-dev"},
                                              {"curl/", "libcurl4-openssl-dev"},
                                              {"date/", "libhowardhinnant-date-dev"},
                                              {"fmt/", "libfmt-dev"},
                                              {"gtest/", "libgtest-dev"},
                                              {"idn2.h", "libidn2-dev"},
                                              {"lz4", "liblz4-dev"},
                                              {"openssl/", "libssl-dev"},
                                              {"re2/", "libre2-dev"},
                                              {"rocksdb/", "librocksdb-dev"},
                                              {"simdjson", "libsimdjson-dev"},
                                              {"sodium", "libsodium-dev"},
                                              {"toml++/", "libtomlplusplus-dev"},
                                              {"unicode/", "libicu-dev"},
                                              {"utf8proc.h", "libutf8proc-dev"},
                                              {"xxhash.h", "libxxhash-dev"},
                                              {"yaml.h", "libyaml-dev"},
                                              {"zlib.h", "zlib1g-dev"},
                                              {"zstd", "libzstd-dev"}}};

// The packages with headers that ./dev installs.
std::set<std::string> installed_packages(const SourceFile& dev) {
    static const std::regex kPackage(R"(\b(lib|zlib)[a-z0-9.+-]+-dev\b)");
    std::set<std::string> packages;
    for (std::sregex_iterator at(dev.text.begin(), dev.text.end(), kPackage), end; at != end;
         ++at) {
        packages.insert(at->str());
    }
    return packages;
}

void check_owners(const SourceFile& file, Findings& found) {
    for (const auto& include : file.includes) {
        for (const auto& owned : kOwned) {
            if (file.module().empty() || file.module() == owned.module) continue;
            if (!include.path.starts_with(owned.prefix)) continue;
            found.push_back(
                {"libraries", file.path, include.line,
                 include.path + " is included by " + std::string(owned.module) + " only"});
        }
    }
}

// What the bare machine gets is what the sources include: no less, no more.
void check_packages(const SourceTree& tree, const SourceFile& dev, Findings& found) {
    const std::set<std::string> installed = installed_packages(dev);
    std::set<std::string> used;
    for (const auto& file : tree.files()) {
        for (const auto& include : file.includes) {
            const auto library = std::ranges::find_if(kLibraries, [&](const Library& one) {
                return include.path.starts_with(one.prefix);
            });
            if (library == kLibraries.end()) continue;
            const bool is_first = used.emplace(library->package).second;
            if (!is_first || installed.contains(std::string(library->package))) continue;
            found.push_back({"libraries", file.path, include.line,
                             "./dev does not install " + std::string(library->package)});
        }
    }
    for (const auto& library : kLibraries) {
        const std::string package(library.package);
        if (!installed.contains(package) || used.contains(package)) continue;
        found.push_back({"libraries", dev.path, 0, package + " is installed and used by nobody"});
    }
}

void check_page(const SourceFile& page, const SourceFile& dev, Findings& found) {
    for (const auto& package : installed_packages(dev)) {
        if (page.text.find(package) != std::string::npos) continue;
        found.push_back({"libraries", page.path, 0, "does not explain " + package});
    }
}

}  // namespace

Findings check_libraries(const SourceTree& tree) {
    Findings found;
    for (const auto& file : tree.files()) check_owners(file, found);
    const SourceFile* dev = tree.find("dev");
    if (!dev) return found;
    check_packages(tree, *dev, found);
    if (const SourceFile* page = tree.find("docs/dependencies.md")) check_page(*page, *dev, found);
    return found;
}

}  // namespace throughline::tidy
