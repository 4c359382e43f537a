"""What a line's amounts come to, before and after parts of it went back; sums of steps are exact to the fen."""


class LineAmounts:
    """The sums of an order line (OrderLine), in fen."""

    amount_fen: int
    discount_fen: int
    funded_fen: int
    borne_fen: int
    commission_fen: int
    station_fee_fen: int
    quantity: int
    back_units: int
    back_fen: int

    @property
    def seller_fen(self) -> int:
        """What is earned with it: its amount and what a fund adds, less commission, station fee and the freight that the seller bears."""
        return self.amount_fen + self.funded_fen - self.commission_fen - self.station_fee_fen - self.borne_fen

    @property
    def full_fen(self) -> int:
        """What it would have cost without a discount."""
        return self.amount_fen + self.discount_fen

    @property
    def left_units(self) -> int:
        """The units that the buyer gets, or got and keeps."""
        return self.quantity - self.back_units

    @property
    def left_fen(self) -> int:
        """What the buyer has paid for it and not got back."""
        return self.amount_fen - self.back_fen

    def back_of(self, whole_fen: int, back_fen: int) -> int:
        """How much of a part of the amount (`whole_fen`: its commission or its fee) goes back when `back_fen` of the amount has gone:
        in proportion, half a fen up. Differences of it add up to the whole, whatever the steps.
        """
        if not self.amount_fen:  # sent for nothing
            return 0
        return (2 * whole_fen * back_fen + self.amount_fen) // (2 * self.amount_fen)

    def units_back_of(self, whole_fen: int, units: int) -> int:
        """The same of a part that goes with the units (freight that somebody else pays), when so many of them have gone."""
        return (2 * whole_fen * units + self.quantity) // (2 * self.quantity)

    @property
    def left_funded_fen(self) -> int:
        """What funds add to what has not gone back."""
        return self.funded_fen - self.back_of(self.funded_fen, self.back_fen)

    @property
    def left_borne_fen(self) -> int:
        """The freight that the seller bears for the units that the buyer keeps."""
        return self.borne_fen - self.units_back_of(self.borne_fen, self.back_units)

    @property
    def left_commission_fen(self) -> int:
        """The commission on what has not gone back."""
        return self.commission_fen - self.back_of(self.commission_fen, self.back_fen)

    @property
    def left_station_fee_fen(self) -> int:
        """The station's fee on what has not gone back."""
        return self.station_fee_fen - self.back_of(self.station_fee_fen, self.back_fen)

    @property
    def left_seller_fen(self) -> int:
        """What is earned with what has not gone back."""
        kept = self.left_fen + self.left_funded_fen
        return kept - self.left_commission_fen - self.left_station_fee_fen - self.left_borne_fen
