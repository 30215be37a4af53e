#!/usr/bin/perl
# deaf.pl PID on|off: the kernel's link events reach that process no more, or again.
#
# Every netlink socket of it that is subscribed to links gets a filter that drops whatever arrives
# (SO_ATTACH_FILTER on a duplicate made by pidfd_getfd), so that events are lost without a trace.
# Answers to requests come over other sockets, and go on.
use strict;
use warnings;

my ($pid, $state) = @ARGV;
use constant { PIDFD_OPEN => 434, PIDFD_GETFD => 438, SOL_SOCKET => 1, ATTACH => 26, DETACH => 27, LINK => 1 };

my %subscribed;
open(my $table, '<', "/proc/$pid/net/netlink") or die "netlink: $!";
while (<$table>) {
    my (undef, $protocol, undef, $groups, @rest) = split;
    $subscribed{$rest[-1]} = 1 if $protocol eq '0' && hex($groups) & LINK;
}
my $pidfd = syscall(PIDFD_OPEN, $pid + 0, 0);
die "pidfd_open: $!" if $pidfd < 0;
my $count = 0;
for my $path (glob "/proc/$pid/fd/*") {
    my ($inode) = (readlink($path) // '') =~ /^socket:\[(\d+)\]$/ or next;
    next unless $subscribed{$inode};
    my ($number) = $path =~ /(\d+)$/;
    my $copy = syscall(PIDFD_GETFD, $pidfd, $number + 0, 0);
    die "pidfd_getfd: $!" if $copy < 0;
    open(my $socket, '+<&=', $copy) or die "fd $copy: $!";
    # One instruction, "return 0": nothing of a message is let in.
    my $drop = pack('SCCL', 0x06, 0, 0, 0);
    my ($option, $value) = $state eq 'on' ? (ATTACH, pack('S x![P] P', 1, $drop)) : (DETACH, pack('l', 0));
    setsockopt($socket, SOL_SOCKET, $option, $value) or die "setsockopt: $!";
    $count++;
}
die "$pid listens to no link events\n" unless $count;
print "$count\n";
